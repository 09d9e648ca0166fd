import { EventEmitter } from 'node:events';
import type { Codec } from '../../gamestream/stream-config.ts';
import { nativeAddon } from '../../native/addon.ts';
import type {
  DamagedBlock,
  NativeVideoEvent,
  NativeVideoReceiver,
  NativeVideoStatistics,
  NetworkImpairment,
} from '../../native/receiver-addon.ts';
import type { Violations } from '../violations.ts';
import { LossRecovery, type RecoveryMode } from './loss-recovery.ts';
import { readVideoFrame, type VideoFrame } from './video-frame.ts';
import { violationSentence } from './violation-sentence.ts';

export interface VideoReceiverOptions {
  readonly host: string;
  readonly port: number;
  readonly pingPayload?: string;
  /** as announced */
  readonly packetSize: number;
  /** H.264 where nothing else is said */
  readonly codec?: Codec;
  /** rikey, when the plane is sealed */
  readonly key?: Buffer;
  readonly recovery: RecoveryMode;
  /** packets of later blocks that wait for an unfinished one; 0, the default, as stock clients do it */
  readonly reorderWindow?: number;
  readonly loss?: NetworkImpairment;
}

export interface VideoStatistics extends NativeVideoStatistics {
  /** complete, but thrown away while waiting for a clean picture */
  readonly droppedFrames: number;
  /** CLOCK_MONOTONIC, milliseconds: when the first frame was complete that a decoder could use */
  readonly firstFrameAt?: number;
  readonly keyframeRequests: number;
  readonly invalidationRequests: number;
}

/** About ten seconds. */
const MAX_UNHEARD = 600;

/** Before the plane is open. */
const NOTHING: NativeVideoStatistics = {
  datagrams: 0,
  bytes: 0,
  oversized: 0,
  overflowed: 0,
  injectedLosses: 0,
  injectedDuplicates: 0,
  injectedReorders: 0,
  unopened: 0,
  packets: 0,
  missingPackets: 0,
  duplicates: 0,
  outOfOrder: 0,
  late: 0,
  parityPackets: 0,
  parityFirst: 0,
  recoveredShards: 0,
  recoveredBlocks: 0,
  lostBlocks: 0,
  lostFrames: 0,
  frames: 0,
  keyframes: 0,
  violations: 0,
  unfetchedFrames: 0,
  unfetchedEvents: 0,
};

interface VideoReceiverEvents {
  /** a frame that a decoder can use */
  frame: [frame: VideoFrame];
  /** frames first…last can not be had any more */
  lost: [first: number, last: number];
  /** the stock client would send a frame FEC status now */
  damaged: [block: DamagedBlock];
  keyframeWanted: [];
  invalidationWanted: [first: number, last: number];
}

/**
 * The video plane: the native receiver pings, opens, repairs and assembles; what it says is turned into frames for
 * a decoder, and into requests after a loss.
 */
export class VideoReceiver extends EventEmitter<VideoReceiverEvents> {
  readonly #options: VideoReceiverOptions;
  readonly #violations: Violations;
  readonly #recovery: LossRecovery;
  #native: NativeVideoReceiver | undefined;
  #closed: Promise<void> | undefined;
  #firstFrameAt: number | undefined;
  #keyframeRequests = 0;
  #invalidationRequests = 0;
  /** frames that came before anybody listened: without the first keyframe a decoder shows nothing */
  #unheard: VideoFrame[] = [];
  readonly hostLatencies: number[] = [];

  constructor(options: VideoReceiverOptions, violations: Violations) {
    super();
    this.#options = options;
    this.#violations = violations;
    (this as EventEmitter).on('newListener', (event: string) => {
      if (event === 'frame') queueMicrotask(() => this.#catchUp());
    });
    this.#recovery = new LossRecovery(options.recovery, {
      keyframe: () => {
        this.#keyframeRequests++;
        this.emit('keyframeWanted');
      },
      invalidate: (first, last) => {
        this.#invalidationRequests++;
        this.emit('invalidationWanted', first, last);
      },
    });
  }

  /**
   * Opens the socket, which pings at once.
   *
   * @throws Error when it cannot be had
   */
  open(): void {
    const { host, port, pingPayload, packetSize, key, reorderWindow, loss } = this.#options;
    this.#native = nativeAddon().openVideoReceiver(
      {
        host,
        port,
        packetSize,
        ...(pingPayload !== undefined && { pingPayload }),
        ...(key && { key }),
        ...(reorderWindow !== undefined && { reorderWindow }),
        ...(loss && { loss }),
      },
      (events) => {
        for (const event of events) this.#take(event);
      },
    );
  }

  /** 0 before the plane is open. */
  get localPort(): number {
    return this.#native?.localPort ?? 0;
  }

  /** The decoder cannot go on: frames are dropped until the next keyframe, which is asked for. */
  decoderFailed(): void {
    this.#recovery.decoderFailed();
  }

  statistics(): VideoStatistics {
    return {
      ...(this.#native?.statistics() ?? NOTHING),
      droppedFrames: this.#recovery.droppedFrames,
      keyframeRequests: this.#keyframeRequests,
      invalidationRequests: this.#invalidationRequests,
      ...(this.#firstFrameAt !== undefined && { firstFrameAt: this.#firstFrameAt }),
    };
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#native?.close();
    })();
    return this.#closed;
  }

  #take(event: NativeVideoEvent): void {
    switch (event.kind) {
      case 'frame':
        return this.#frame(readVideoFrame(event, this.#options.codec ?? 'h264', this.#violations));
      case 'lost':
        this.#recovery.lost(event.first, event.last);
        this.emit('lost', event.first, event.last);
        return;
      case 'damaged':
        this.emit('damaged', event);
        return;
      case 'violation':
        return this.#violations.report(violationSentence(event));
      case 'failed':
        return this.#violations.report(event.message);
    }
  }

  #catchUp(): void {
    const frames = this.#unheard;
    this.#unheard = [];
    for (const frame of frames) this.emit('frame', frame);
  }

  #frame(frame: VideoFrame): void {
    if (frame.hostLatency !== undefined) this.hostLatencies.push(frame.hostLatency);
    if (!this.#recovery.admits(frame.index, frame.type)) return;
    this.#firstFrameAt ??= frame.completedAt;
    if (this.listenerCount('frame') > 0) this.emit('frame', frame);
    else if (this.#unheard.length < MAX_UNHEARD) this.#unheard.push(frame);
  }
}
