/**
 * What one stream is made of, after negotiation: the ANNOUNCE map of RTSP, validated once and cut down to
 * what the host can do. Nothing behind RTSP looks at an attribute string again.
 */

import type { HdrMetadata } from '../native/hdr-metadata.ts';

export type Codec = 'h264' | 'hevc' | 'av1';

/** What encoders here cut a frame into at the most. */
export const MOST_SLICES = 32;

/** Frames per second as a fraction, exact at 59.94 (60000/1001) and 23.976 (24000/1001). */
export interface FrameRate {
  readonly numerator: number;
  readonly denominator: number;
}

export interface VideoConfig {
  readonly codec: Codec;
  readonly chroma: '4:2:0' | '4:4:4';
  readonly bitDepth: 8 | 10;
  /** pixels; height is even */
  readonly width: number;
  readonly height: number;
  readonly rate: FrameRate;
  /** bytes of NV header and payload per packet; UDP payload = packetSize + 16 (+ 32 sealed) */
  readonly packetSize: number;
  /**
   * false: packets are smaller than the client announced, by its owner's word. It would give what parity repairs its own
   * size (protocol 2 §4), so there is none.
   */
  readonly parity: boolean;
  /** what the client's user set, kbit/s, for everything on the wire */
  readonly bitrateKbps: number;
  /** at least so many slices a frame, 1…MOST_SLICES */
  readonly slicesPerFrame: number;
  /** 0: the host may use several and invalidate; 1: one reference frame only */
  readonly maxReferenceFrames: number;
  readonly colorSpace: 'bt601' | 'bt709' | 'bt2020';
  readonly fullRange: boolean;
  /** HDR10, whose picture is like this; absent: SDR */
  readonly hdr?: HdrMetadata;
  /** parity shards per block at the least, 0…2 */
  readonly minFecPackets: number;
  /** AES-128-GCM on the video plane */
  readonly sealed: boolean;
  /** mark with DSCP 40 */
  readonly dscp: boolean;
}

/** One Opus multistream layout: channel order FL FR C LFE RL RR SL SR (protocol 5 §4). */
export interface OpusLayout {
  readonly channels: number;
  readonly streams: number;
  readonly coupledStreams: number;
  readonly mapping: readonly number[];
  readonly bitrate: number;
}

export interface AudioConfig {
  readonly layout: OpusLayout;
  readonly highQuality: boolean;
  /** milliseconds per Opus packet */
  readonly packetDuration: 5 | 10;
  /** AES-128-CBC on the audio plane */
  readonly sealed: boolean;
  /** mark with DSCP 48 */
  readonly dscp: boolean;
}

export interface StreamConfig {
  readonly video: VideoConfig;
  readonly audio: AudioConfig;
  /** control stream version 2 (12-byte IVs), else the legacy 16-byte IVs */
  readonly controlV2: boolean;
  /** the client reports frame FEC status (feature flag 1) */
  readonly sendsFecStatus: boolean;
  /** the client honours ping payload and connect data (feature flag 2) */
  readonly honoursPingPayload: boolean;
  /** wishes that were answered with something else, one sentence each, for the admin */
  readonly adjustments: readonly string[];
}
