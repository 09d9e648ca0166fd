import { EventEmitter } from 'node:events';
import { monotonicNow } from '../clock.ts';
import { PacketLoss, type LossOptions } from '../loss.ts';
import { MediaSocket } from '../media-socket.ts';
import type { Violations } from '../violations.ts';
import type { FecBlock } from './fec-block.ts';
import { FrameAssembler, type AssemblerCounters } from './frame-assembler.ts';
import { LossRecovery, type RecoveryMode } from './loss-recovery.ts';
import { parseVideoPacket, RTP_BYTES, SEAL_BYTES } from './packet.ts';
import { openVideoDatagram } from './seal.ts';
import { readVideoFrame, type VideoFrame } from './video-frame.ts';

export interface VideoReceiverOptions {
  readonly host: string;
  readonly port: number;
  readonly pingPayload?: string;
  /** as announced */
  readonly packetSize: number;
  /** rikey, when the plane is sealed */
  readonly key?: Buffer;
  readonly recovery: RecoveryMode;
  readonly loss?: LossOptions;
}

export interface VideoStatistics extends AssemblerCounters {
  /** datagrams on the socket, before loss was injected */
  readonly datagrams: number;
  readonly bytes: number;
  readonly injectedLosses: number;
  /** sealed datagrams that did not open */
  readonly unopened: number;
  /** frames that came complete */
  readonly frames: number;
  readonly keyframes: number;
  /** complete, but thrown away while waiting for a clean picture */
  readonly droppedFrames: number;
  /** CLOCK_MONOTONIC, milliseconds */
  readonly firstPacketAt?: number;
  readonly firstFrameAt?: number;
  readonly keyframeRequests: number;
  readonly invalidationRequests: number;
}

/** About ten seconds. */
const MAX_UNHEARD = 600;

interface VideoReceiverEvents {
  /** a frame that a decoder can use */
  frame: [frame: VideoFrame];
  /** frames first…last can not be had any more */
  lost: [first: number, last: number];
  /** the stock client would send a frame FEC status now */
  damaged: [block: FecBlock];
  keyframeWanted: [];
  invalidationWanted: [first: number, last: number];
}

/** The video plane: pings, datagrams, packets, frames. */
export class VideoReceiver extends EventEmitter<VideoReceiverEvents> {
  readonly #options: VideoReceiverOptions;
  readonly #violations: Violations;
  readonly #assembler: FrameAssembler;
  readonly #recovery: LossRecovery;
  readonly #loss: PacketLoss | undefined;
  #socket: MediaSocket | undefined;
  #datagrams = 0;
  #bytes = 0;
  #unopened = 0;
  #frames = 0;
  #keyframes = 0;
  #firstPacketAt: number | undefined;
  #firstFrameAt: number | undefined;
  #keyframeRequests = 0;
  #invalidationRequests = 0;
  #lastCounter = -1n;
  #lastTimestamp: number | undefined;
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
    this.#loss = options.loss && new PacketLoss(options.loss);
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
    this.#assembler = new FrameAssembler(
      {
        frame: (frame) => {
          const read = readVideoFrame(frame, violations);
          if (read) this.#frame(read);
        },
        lost: (first, last) => {
          this.#recovery.lost(first, last);
          this.emit('lost', first, last);
        },
        damaged: (block) => this.emit('damaged', block),
      },
      violations,
    );
  }

  async open(): Promise<void> {
    const { host, port, pingPayload, packetSize, key } = this.#options;
    this.#socket = await MediaSocket.open({
      host,
      port,
      ...(pingPayload !== undefined && { pingPayload }),
      receiveBuffer: 2048 * (packetSize + RTP_BYTES + (key ? SEAL_BYTES : 0)),
      onDatagram: (datagram) => this.receive(datagram, monotonicNow()),
    });
  }

  /** One datagram; public so that tests can feed recorded ones. */
  receive(datagram: Buffer, now: number): void {
    this.#datagrams++;
    this.#bytes += datagram.length;
    this.#firstPacketAt ??= now;
    if (this.#loss?.drops()) return;
    const shard = this.#options.key ? this.#open(datagram, this.#options.key) : datagram;
    if (!shard) return;
    const packet = parseVideoPacket(shard, this.#options.packetSize);
    if (typeof packet === 'string') return this.#violations.report(packet);
    this.#assembler.push(packet, now);
  }

  /** The decoder cannot go on: frames are dropped until the next keyframe, which is asked for. */
  decoderFailed(): void {
    this.#recovery.decoderFailed();
  }

  statistics(): VideoStatistics {
    return {
      ...this.#assembler.counters,
      datagrams: this.#datagrams,
      bytes: this.#bytes,
      injectedLosses: this.#loss?.dropped ?? 0,
      unopened: this.#unopened,
      frames: this.#frames,
      keyframes: this.#keyframes,
      droppedFrames: this.#recovery.droppedFrames,
      keyframeRequests: this.#keyframeRequests,
      invalidationRequests: this.#invalidationRequests,
      ...(this.#firstPacketAt !== undefined && { firstPacketAt: this.#firstPacketAt }),
      ...(this.#firstFrameAt !== undefined && { firstFrameAt: this.#firstFrameAt }),
    };
  }

  async close(): Promise<void> {
    await this.#socket?.close();
  }

  #catchUp(): void {
    const frames = this.#unheard;
    this.#unheard = [];
    for (const frame of frames) this.emit('frame', frame);
  }

  #open(datagram: Buffer, key: Buffer): Buffer | undefined {
    const opened = openVideoDatagram(key, datagram);
    if (!opened) {
      this.#unopened++;
      this.#violations.report('a video datagram does not open with the session key');
      return undefined;
    }
    // One nonce used twice would be the end of the key's secrecy.
    if (opened.counter <= this.#lastCounter) {
      this.#violations.report(`video nonce ${opened.counter} after ${this.#lastCounter}`);
    }
    this.#lastCounter = opened.counter;
    if (opened.shard.length >= 24 && opened.frameNumber !== opened.shard.readUInt32LE(20)) {
      this.#violations.report(
        `the clear frame number ${opened.frameNumber} is not the frame's ${opened.shard.readUInt32LE(20)}`,
      );
    }
    return opened.shard;
  }

  #frame(frame: VideoFrame): void {
    this.#frames++;
    if (frame.keyframe) this.#keyframes++;
    if (frame.hostLatency !== undefined) this.hostLatencies.push(frame.hostLatency);
    if (this.#frames === 1 && !frame.keyframe) this.#violations.report('the first frame is no IDR');
    this.#checkTimestamp(frame);
    if (!this.#recovery.admits(frame.index, frame.type)) return;
    this.#firstFrameAt ??= frame.completedAt;
    if (this.listenerCount('frame') > 0) this.emit('frame', frame);
    else if (this.#unheard.length < MAX_UNHEARD) this.#unheard.push(frame);
  }

  #checkTimestamp(frame: VideoFrame): void {
    const last = this.#lastTimestamp;
    this.#lastTimestamp = frame.timestamp;
    if (last === undefined) return;
    if (frame.timestamp === 0) {
      this.#violations.report(
        `frame ${frame.index} has timestamp 0, which only the first may have`,
      );
    } else if (((frame.timestamp - last) | 0) < 0) {
      this.#violations.report(`frame ${frame.index}: the timestamp goes back`);
    }
  }
}
