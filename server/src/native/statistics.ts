/** Times in microseconds; a figure that was not measured is absent, never 0. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** One viewer's last interval (about a second), read from the native pipeline. */
export interface StageStatistics {
  /** milliseconds the figures below cover */
  readonly interval: number;
  readonly capture?: Percentiles;
  readonly convert?: Percentiles;
  readonly encode?: Percentiles;
  readonly packetize?: Percentiles;
  readonly send?: Percentiles;
  /** capture (or damage) → first packet handed to the kernel */
  readonly hostLatency?: Percentiles;
  readonly framesNew: number;
  readonly framesRepeated: number;
  readonly framesDropped: number;
  readonly keyframes: number;
  readonly invalidations: number;
  /** bytes of encoded video */
  readonly encodedBytes: number;
  readonly videoPackets: number;
  readonly videoBytes: number;
  readonly audioPackets: number;
  /** packets the kernel refused (full socket buffer) */
  readonly sendDrops: number;
  /** ECONNREFUSED and the like, counted, never fatal */
  readonly sendErrors: number;
  /** how packets leave at present */
  readonly sendMethod: 'gso' | 'sendmmsg' | 'send' | 'none';
}
