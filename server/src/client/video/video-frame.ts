import type { Violations } from '../violations.ts';
import {
  FRAME_HEADER_BYTES,
  FRAME_IDR,
  inspectAccessUnit,
  parseFrameHeader,
} from './access-unit.ts';
import type { AssembledFrame } from './frame-assembler.ts';

/** One H.264 frame as it goes to a decoder. */
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
  /** Annex B, without padding */
  readonly data: Buffer;
  /** CLOCK_MONOTONIC, milliseconds */
  readonly firstPacketAt: number;
  readonly completedAt: number;
}

/**
 * Takes the frame header off and checks everything that a stock client would stumble over.
 *
 * @returns `undefined` when the header cannot be read
 */
export function readVideoFrame(
  assembled: AssembledFrame,
  violations: Violations,
): VideoFrame | undefined {
  const say = (fault: string): void => violations.report(`frame ${assembled.index}: ${fault}`);
  const first = assembled.payloads[0]!;
  const header = parseFrameHeader(first);
  if (typeof header === 'string') {
    say(header);
    return undefined;
  }
  const whole = Buffer.concat(assembled.payloads);
  const length = whole.length - first.length + header.lastPayloadLength;
  if (whole.subarray(length).some((byte) => byte !== 0)) say('its padding is not zero');
  const data = whole.subarray(FRAME_HEADER_BYTES, length);
  const shape = inspectAccessUnit(header.type, data, first.length - FRAME_HEADER_BYTES);
  shape.faults.forEach(say);
  return {
    index: assembled.index,
    type: header.type,
    keyframe: header.type === FRAME_IDR,
    timestamp: assembled.timestamp,
    slices: shape.slices,
    data,
    firstPacketAt: assembled.firstPacketAt,
    completedAt: assembled.completedAt,
    ...(header.hostLatency !== undefined && { hostLatency: header.hostLatency }),
    ...(shape.sps && { sps: shape.sps }),
  };
}
