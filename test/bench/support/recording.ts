import {
  readPatternStrip,
  stripHeight,
  type PatternStamp,
} from '../../../server/src/client/decode/pattern-strip.ts';
import {
  PictureDecoder,
  type DecodedPicture,
} from '../../../server/src/client/decode/picture-decoder.ts';
import type { Stream } from '../../../server/src/client/stream.ts';

/** One frame as it came, not decoded. */
export interface RecordedFrame {
  readonly index: number;
  readonly keyframe: boolean;
  readonly data: Buffer;
  /** CLOCK_MONOTONIC, milliseconds */
  readonly firstPacketAt: number;
  readonly completedAt: number;
  /** milliseconds; 0 for a repeated picture */
  readonly hostLatency: number;
}

/** Pictures that may wait inside of the decoder. */
const MOST_PENDING = 16;

/**
 * Keeps a stream's frames and decodes them when the measurement is over, so that no decoder runs beside the host.
 */
export class Recording {
  readonly frames: RecordedFrame[] = [];
  readonly stream: Stream;
  /** the highest frame that is known to be lost; 0: none */
  lostUpTo = 0;

  constructor(stream: Stream) {
    this.stream = stream;
    stream.video.on('lost', (_, last) => {
      this.lostUpTo = Math.max(this.lostUpTo, last);
    });
    stream.video.on('frame', ({ index, keyframe, data, firstPacketAt, completedAt, hostLatency }) =>
      this.frames.push({
        index,
        keyframe,
        // What the receiver hands over it may use again.
        data: Buffer.from(data),
        firstPacketAt,
        completedAt,
        hostLatency: hostLatency ?? 0,
      }),
    );
  }

  /** Host latency of the frames with a new picture from `since` on, milliseconds. */
  hostLatencies(since = 0): number[] {
    return this.frames
      .filter((frame) => frame.firstPacketAt >= since && frame.hostLatency > 0)
      .map((frame) => frame.hostLatency);
  }

  /** drawn → first packet of each picture when it was first seen, milliseconds */
  async drawnToFirstPacket(since = 0): Promise<number[]> {
    const delays: number[] = [];
    let last = -1;
    await this.decode('strip', (frame, stamp) => {
      if (!stamp || stamp.counter === last) return;
      last = stamp.counter;
      if (frame.firstPacketAt >= since) delays.push(frame.firstPacketAt - stamp.drawnAt);
    });
    return delays;
  }

  /**
   * Decodes everything, in order.
   *
   * @param part `strip`: only the lines with the picture's number; `luma`: all of the picture
   */
  async decode(
    part: 'strip' | 'luma',
    take: (frame: RecordedFrame, stamp: PatternStamp | undefined, picture: DecodedPicture) => void,
  ): Promise<void> {
    const { width, height } = this.stream.negotiated.wish;
    const lines = part === 'strip' ? stripHeight(height) : height;
    const decoder = new PictureDecoder({
      width,
      height,
      crop: { x: 0, y: 0, width, height: lines },
      format: 'gray',
    });
    let failure: string | undefined;
    decoder.on('failed', (reason) => {
      failure = reason;
    });
    decoder.on('picture', (picture) => {
      const frame = this.frames[picture.frame];
      if (frame) take(frame, readPatternStrip(picture.pixels, width, height), picture);
    });
    const pause = async (most: number): Promise<void> => {
      const end = performance.now() + 10_000;
      while (decoder.pending > most && failure === undefined && performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    for (const [at, frame] of this.frames.entries()) {
      decoder.decode(frame.data, at);
      await pause(MOST_PENDING);
    }
    await pause(0);
    await decoder.close();
    if (failure !== undefined) throw new Error(failure);
  }
}
