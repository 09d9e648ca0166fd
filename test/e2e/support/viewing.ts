import { PictureDecoder } from '../../../server/src/client/decode/picture-decoder.ts';
import {
  readPatternStrip,
  stripHeight,
  type PatternStamp,
} from '../../../server/src/client/decode/pattern-strip.ts';
import type { Stream } from '../../../server/src/client/stream.ts';
import type { VideoFrame } from '../../../server/src/client/video/video-frame.ts';
import { until } from './processes.ts';

/** One frame that was decoded. */
export interface SeenFrame {
  /** frame index on the wire */
  readonly index: number;
  readonly keyframe: boolean;
  /** CLOCK_MONOTONIC, milliseconds */
  readonly firstPacketAt: number;
  readonly completedAt: number;
  readonly decodedAt: number;
  /** absent: the strip could not be read */
  readonly stamp?: PatternStamp;
}

/** Somebody who watches a stream: decodes every frame and reads what is written in it. */
export class Viewing {
  readonly frames: SeenFrame[] = [];
  readonly received: VideoFrame[] = [];
  readonly stream: Stream;
  readonly #decoder: PictureDecoder;
  readonly #inside = new Map<number, VideoFrame>();
  readonly #width: number;
  readonly #height: number;

  constructor(stream: Stream) {
    this.stream = stream;
    const { width, height, codec, tenBit } = stream.negotiated.wish;
    this.#width = width;
    this.#height = height;
    this.#decoder = new PictureDecoder({
      width,
      height,
      crop: { x: 0, y: 0, width, height: stripHeight(height) },
      format: 'gray',
      codec,
      bitDepth: tenBit ? 10 : 8,
    });
    stream.video.on('frame', (frame) => {
      this.received.push(frame);
      this.#inside.set(frame.index, frame);
      this.#decoder.decode(frame.data, frame.index);
    });
    this.#decoder.on('picture', ({ frame, pixels, decodedAt }) => {
      const { index, keyframe, firstPacketAt, completedAt } = this.#inside.get(frame)!;
      this.#inside.delete(frame);
      const stamp = readPatternStrip(pixels, this.#width, this.#height);
      this.frames.push({
        index,
        keyframe,
        firstPacketAt,
        completedAt,
        decodedAt,
        ...(stamp && { stamp }),
      });
    });
  }

  /** What the decoder complained about; empty when every frame was clean. */
  get complaints(): string {
    return this.#decoder.complaints;
  }

  /** Waits for a frame that fits, among those that come from now on. */
  next(wanted: (frame: SeenFrame) => boolean, what: string, limit = 20_000): Promise<SeenFrame> {
    const from = this.frames.length;
    return until(
      () => this.frames.slice(from).find(wanted),
      limit,
      () =>
        `no ${what} within ${limit} ms; ${JSON.stringify(this.stream.video.statistics())} ${this.stream.violations.list.join('; ')} ${this.complaints}`,
    );
  }

  /** Until the first picture is there. */
  started(limit = 30_000): Promise<SeenFrame> {
    return this.reached(1, limit);
  }

  /** Until so many pictures were there since the beginning. @returns the last of them */
  async reached(count: number, limit = 30_000): Promise<SeenFrame> {
    return until(
      () => this.frames[count - 1],
      limit,
      () =>
        `${this.frames.length} of ${count} pictures within ${limit} ms; ${JSON.stringify(this.stream.video.statistics())} ${this.stream.violations.list.join('; ')} ${this.complaints}`,
    );
  }

  /** drawn → decoded of each picture when it was first seen, milliseconds */
  latencies(): number[] {
    let last = -1;
    return this.frames.flatMap(({ stamp, decodedAt }) => {
      if (!stamp || stamp.counter === last) return [];
      last = stamp.counter;
      return [decodedAt - stamp.drawnAt];
    });
  }

  /** Ends the stream politely and the decoder with it. */
  async close(): Promise<void> {
    await this.stream.close();
    await this.#decoder.close();
  }

  /** The client is gone without a word. */
  async vanish(): Promise<void> {
    await this.stream.vanish();
    await this.#decoder.close();
  }
}
