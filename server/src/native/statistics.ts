/** Times in microseconds; a figure that was not measured is absent, never 0. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** How packets leave: with segmentation offload, in batches, one by one; `none`: nothing was sent yet. */
export type SendMethod = 'gso' | 'sendmmsg' | 'send' | 'none';

/** What the system granted a thread: real-time class, a better nice value, or nothing. */
export type ThreadClass = 'realtime' | 'nice' | 'normal';

/** One viewer's last interval (about a second), read from the native pipeline. */
export interface StageStatistics {
  /** milliseconds the figures below cover */
  readonly interval: number;
  /** the source's picture into memory */
  readonly capture?: Percentiles;
  /** colours and scale */
  readonly convert?: Percentiles;
  readonly encode?: Percentiles;
  /** copy, headers, parity and seal of a frame */
  readonly packetize?: Percentiles;
  /** handing a frame's packets to the kernel, pauses left out */
  readonly send?: Percentiles;
  /** first packet of a frame handed over → last, pauses included */
  readonly spread?: Percentiles;
  /** capture (or damage) → first packet handed to the kernel */
  readonly hostLatency?: Percentiles;
  readonly framesNew: number;
  readonly framesRepeated: number;
  /** encoded, but dropped before they had a number: the sender's queue was full, or no address known */
  readonly framesDropped: number;
  /** captured, but replaced by a newer picture before the encoder had time */
  readonly framesOverwritten: number;
  readonly keyframes: number;
  /** requests for a keyframe that one on its way answered already */
  readonly keyframesMerged: number;
  readonly invalidations: number;
  /** bytes of encoded video */
  readonly encodedBytes: number;
  readonly videoPackets: number;
  readonly videoBytes: number;
  readonly audioPackets: number;
  readonly audioBytes: number;
  /** packets the kernel refused (full socket buffer) */
  readonly sendDrops: number;
  /** ECONNREFUSED and the like, counted, never fatal */
  readonly sendErrors: number;
  /** dropped on purpose (`--drop`) */
  readonly injectedDrops: number;
  /** how packets leave at present */
  readonly sendMethod: SendMethod;
  /**
   * bytes that the kernel granted the video socket for packets that wait to leave, and bytes asked for; absent
   * before an address is known
   */
  readonly sendBuffer?: number;
  readonly sendBufferAsked?: number;
  /** the encoder's target, kbit/s */
  readonly bitrateKbps: number;
  /** parity, per cent of a frame's data packets */
  readonly fecPercentage: number;
  /** viewers that this encode serves, this one included */
  readonly encodeViewers: number;
  readonly threads: {
    readonly capture: ThreadClass;
    readonly encode: ThreadClass;
    readonly send: ThreadClass;
    readonly audio: ThreadClass;
  };
}
