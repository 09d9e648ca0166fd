import type { NativeVideoFrame } from '../../native/receiver-addon.ts';
import type { Codec } from '../../gamestream/stream-config.ts';
import type { Violations } from '../violations.ts';
import { FRAME_IDR, inspectAccessUnit } from './access-unit.ts';

/** One frame as it goes to a decoder. */
export interface VideoFrame {
  /** 1, 2, 3 … */
  readonly index: number;
  readonly type: number;
  readonly keyframe: boolean;
  /** 90 kHz */
  readonly timestamp: number;
  /** milliseconds */
  readonly hostLatency?: number;
  readonly slices: number;
  /** the SPS of a keyframe, from its NAL header on */
  readonly sps?: Buffer;
  /** Annex B without padding, or a temporal unit of AV1 */
  readonly data: Buffer;
  /** CLOCK_MONOTONIC, milliseconds */
  readonly firstPacketAt: number;
  readonly completedAt: number;
}

/** Checks everything in the picture itself that a stock client would stumble over. */
export function readVideoFrame(
  received: NativeVideoFrame,
  codec: Codec,
  violations: Violations,
): VideoFrame {
  const { index, type, timestamp, hostLatency, data, firstPacketAt, completedAt } = received;
  const shape = inspectAccessUnit(type, data, received.firstPacketBytes, codec);
  for (const fault of shape.faults) violations.report(`frame ${index}: ${fault}`);
  return {
    index,
    type,
    keyframe: type === FRAME_IDR,
    timestamp,
    slices: shape.slices,
    data,
    firstPacketAt,
    completedAt,
    ...(hostLatency !== undefined && { hostLatency }),
    ...(shape.sps && { sps: shape.sps }),
  };
}
