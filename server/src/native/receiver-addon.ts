/** A client's end of the video plane: for the project's own client and its tests. The host has no use for it. */
export interface ReceiverAddon {
  /**
   * Opens a socket towards a host's video port, pings from it every 500 ms, and receives on a thread of its own.
   *
   * @param onEvents gets what happened since its last call, in order. While nobody fetches, at most 512 frames
   *   (64 MB) wait; one that finds no room is told as lost.
   * @throws Error with a sentence when the socket cannot be had, TypeError for an option out of range
   */
  openVideoReceiver(
    options: VideoReceiverOpening,
    onEvents: (events: readonly NativeVideoEvent[]) => void,
  ): NativeVideoReceiver;
}

interface VideoReceiverOpening {
  /** numeric */
  readonly host: string;
  readonly port: number;
  /** X-SS-Ping-Payload, 16 characters; absent: the legacy `PING` */
  readonly pingPayload?: string;
  /** as announced, 64…65000 */
  readonly packetSize: number;
  /** rikey, 16 bytes, when the plane is sealed */
  readonly key?: Uint8Array;
  /** bytes asked of the kernel; 32 MB by default */
  readonly receiveBuffer?: number;
  /**
   * Packets of later blocks that wait up to 2 ms for an unfinished one. 0, the default: as stock clients do it, the
   * first packet of a later block gives up the one before.
   */
  readonly reorderWindow?: number;
  readonly loss?: NetworkImpairment;
}

/** What a bad network does to the packets that arrive, the same in every run with the same seed. */
export interface NetworkImpairment {
  /** lost, in per cent of all packets, on average */
  readonly percentage?: number;
  /** packets lost in a row, 1 by default; the percentage stays */
  readonly burst?: number;
  /** per cent of the packets that come twice */
  readonly duplicate?: number;
  /** per cent of the packets that come `distance` packets late, 3 by default */
  readonly reorder?: number;
  readonly distance?: number;
  /** 0…2^32 − 1, 1 by default */
  readonly seed?: number;
  /** nothing passes for `durationMs`, from `afterMs` behind the first packet on */
  readonly blackout?: { readonly afterMs: number; readonly durationMs: number };
}

export interface NativeVideoReceiver {
  readonly localPort: number;
  /** bytes that the kernel granted, its bookkeeping included */
  readonly receiveBuffer: number;
  statistics(): NativeVideoStatistics;
  /** Ends the thread; nothing is told any more. May be called twice. */
  close(): Promise<void>;
}

/** One complete frame. */
export interface NativeVideoFrame {
  readonly kind: 'frame';
  /** 1, 2, 3 … */
  readonly index: number;
  /** as in the frame header: 1, 2, 4 or 5 */
  readonly type: number;
  /** 90 kHz */
  readonly timestamp: number;
  /** milliseconds; absent when the host did not measure it or repeats a picture */
  readonly hostLatency?: number;
  readonly blocks: number;
  /** data shards made from parity */
  readonly recoveredShards: number;
  /** bytes of `data` that lay in the first packet */
  readonly firstPacketBytes: number;
  /** the access unit, without frame header and padding */
  readonly data: Buffer;
  /** CLOCK_MONOTONIC, milliseconds */
  readonly firstPacketAt: number;
  readonly completedAt: number;
}

/** A block that needed parity or was given up, as in the frame FEC status (protocol 2 §B.4). */
export interface DamagedBlock {
  readonly frameIndex: number;
  readonly index: number;
  readonly lastBlock: number;
  readonly dataShards: number;
  readonly parityShards: number;
  readonly fecPercentage: number;
  readonly dataReceived: number;
  readonly parityReceived: number;
  readonly missingBeforeHighest: number;
  readonly highestSequence: number;
  readonly nextContiguousSequence: number;
}

/** What the host did against the protocol (native/src/receive/violation.h tells what `seen` and `expected` are). */
export interface VideoViolation {
  readonly code: VideoViolationCode;
  readonly frame: number;
  readonly block: number;
  readonly shard: number;
  readonly seen: number;
  readonly expected: number;
}

export type VideoViolationCode =
  | 'packet-size'
  | 'rtp-first-byte'
  | 'block-low-bits'
  | 'fec-low-bits'
  | 'frame-zero'
  | 'no-data-shards'
  | 'too-many-shards'
  | 'shard-index'
  | 'block-index'
  | 'flags'
  | 'extra-flags'
  | 'multi-fec-flags'
  | 'packet-index'
  | 'shard-counts-change'
  | 'block-count-changes'
  | 'timestamp-changes'
  | 'foreign-sequence'
  | 'block-overlaps'
  | 'too-little-parity'
  | 'recovered-flags'
  | 'recovered-extra-flags'
  | 'recovered-packet-index'
  | 'parity-mismatch'
  | 'unopened'
  | 'nonce-order'
  | 'nonce-reused'
  | 'clear-frame-number'
  | 'frame-header-start'
  | 'frame-type'
  | 'last-length'
  | 'header-reserved'
  | 'padding'
  | 'first-frame-type'
  | 'timestamp-zero'
  | 'timestamp-back';

export type NativeVideoEvent =
  | NativeVideoFrame
  /** frames first…last can not be had any more */
  | { readonly kind: 'lost'; readonly first: number; readonly last: number }
  | ({ readonly kind: 'damaged' } & DamagedBlock)
  /** the first 200 are told, all are counted */
  | ({ readonly kind: 'violation' } & VideoViolation)
  /** the socket failed; nothing more will come */
  | { readonly kind: 'failed'; readonly message: string };

/** Figures since the start. */
export interface NativeVideoStatistics {
  /** datagrams on the socket, before loss was injected */
  readonly datagrams: number;
  readonly bytes: number;
  /** longer than agreed, thrown away */
  readonly oversized: number;
  /** lost by the kernel because the socket's buffer was full */
  readonly overflowed: number;
  readonly injectedLosses: number;
  readonly injectedDuplicates: number;
  readonly injectedReorders: number;
  /** sealed datagrams that did not open */
  readonly unopened: number;
  /** packets that could be read */
  readonly packets: number;
  /** holes in the sequence numbers, less those that came late */
  readonly missingPackets: number;
  readonly duplicates: number;
  /** packets that came for the first time after a higher sequence number */
  readonly outOfOrder: number;
  /** packets of a block or frame that was finished or given up */
  readonly late: number;
  readonly parityPackets: number;
  /** blocks of which a data shard came behind a parity shard */
  readonly parityFirst: number;
  readonly recoveredShards: number;
  readonly recoveredBlocks: number;
  readonly lostBlocks: number;
  readonly lostFrames: number;
  /** frames that came complete */
  readonly frames: number;
  readonly keyframes: number;
  readonly violations: number;
  /** complete frames, and other events, thrown away because nobody fetched them in time */
  readonly unfetchedFrames: number;
  readonly unfetchedEvents: number;
  /** CLOCK_MONOTONIC, milliseconds */
  readonly firstPacketAt?: number;
}
