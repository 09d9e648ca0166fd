import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import type { Codec } from '../../gamestream/stream-config.ts';
import { monotonicNow } from '../clock.ts';
import { delimiterLength } from '../video/temporal-unit.ts';

export interface PictureDecoderOptions {
  /** size of the stream */
  readonly width: number;
  readonly height: number;
  /** the part that is wanted; absent: all of it */
  readonly crop?: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly height: number;
  };
  /**
   * `gray`: 1 byte a pixel, luma as coded (of 10 bits the upper 8); `rgb24`: 3; `planes`: luma and both chroma planes as
   * coded, a sample of 10 bits in two bytes
   */
  readonly format: 'gray' | 'rgb24' | 'planes';
  /** H.264 by default */
  readonly codec?: Codec;
  /** for `planes`, and where luma has 10 bits */
  readonly chroma?: '4:2:0' | '4:4:4';
  readonly bitDepth?: 8 | 10;
}

/** One decoded picture. */
export interface DecodedPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
  /** the number that `decode` was called with */
  readonly frame: number;
  /** CLOCK_MONOTONIC, milliseconds */
  readonly decodedAt: number;
}

/** The next frame's first bytes: with them a parser knows at once that the frame before is complete. */
const DELIMITERS = {
  h264: Buffer.of(0, 0, 0, 1, 9, 0xf0),
  hevc: Buffer.of(0, 0, 0, 1, 0x46, 1, 0x50),
  // ffmpeg looks at 20 bytes of a unit before it takes it in, so padding (AV1 §5.8.1) follows.
  av1: Buffer.concat([Buffer.of(0x12, 0, 0x7a, 32), Buffer.alloc(31), Buffer.of(0x80)]),
} as const;
const DEMUXERS = { h264: 'h264', hevc: 'hevc', av1: 'obu' } as const;

/**
 * H.264, HEVC or AV1 → pictures through one ffmpeg process, without a frame of delay: pictures come out one for one, in order.
 */
export class PictureDecoder extends EventEmitter<{
  picture: [picture: DecodedPicture];
  failed: [reason: string];
}> {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #width: number;
  readonly #height: number;
  readonly #size: number;
  readonly #codec: Codec;
  #begun = false;
  readonly #pending: number[] = [];
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #errors = '';
  #closed: Promise<void> | undefined;

  constructor(options: PictureDecoderOptions) {
    super();
    const { crop } = options;
    this.#width = crop?.width ?? options.width;
    this.#height = crop?.height ?? options.height;
    this.#codec = options.codec ?? 'h264';
    const pixels = this.#width * this.#height;
    const { bitDepth = 8, chroma = '4:2:0' } = options;
    const planes = pixels * (chroma === '4:4:4' ? 3 : 1.5) * (bitDepth === 10 ? 2 : 1);
    this.#size = { gray: pixels, rgb24: 3 * pixels, planes }[options.format];
    const output = {
      // Luma as it was coded: converting to gray would stretch limited range.
      gray: bitDepth === 10 ? 'extractplanes=y,format=gray10le,format=gray' : 'extractplanes=y',
      rgb24: 'format=rgb24',
      planes: 'null',
    }[options.format];
    const filters = [
      ...(crop ? [`crop=${crop.width}:${crop.height}:${crop.x}:${crop.y}:exact=1`] : []),
      output,
    ];
    // What costs a frame of delay and is avoided: probing, frame threads in decoder and raw encoder alike.
    this.#process = spawn(
      'ffmpeg',
      // prettier-ignore
      [
        '-hide_banner', '-loglevel', 'warning', '-threads', '1', '-flags', 'low_delay',
        '-probesize', '32', '-analyzeduration', '1',
        '-f', DEMUXERS[this.#codec], '-i', 'pipe:0', '-vf', filters.join(','), '-fps_mode', 'passthrough',
        '-threads', '1', '-f', 'rawvideo', '-flush_packets', '1', 'pipe:1',
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    this.#process.stdin.on('error', () => undefined);
    this.#process.stdout.on('data', (chunk: Buffer) => this.#output(chunk));
    this.#process.stderr.on('data', (chunk: Buffer) => {
      // At its end it misses the picture that the last delimiter promised.
      if (!this.#closed) this.#errors = (this.#errors + chunk.toString()).slice(-8192);
    });
    this.#process.once('close', (code) => {
      if (!this.#closed) this.emit('failed', `ffmpeg ended with ${code}: ${this.#errors}`);
    });
  }

  /** What ffmpeg complained about so far; empty while every frame decoded cleanly. */
  get complaints(): string {
    return this.#errors
      .split('\n')
      .filter(
        (line) => line && !/not enough frames to estimate rate|Stream #0: not enough/.test(line),
      )
      .join('\n');
  }

  /** pictures that are still inside */
  get pending(): number {
    return this.#pending.length;
  }

  /** @param data one access unit, Annex B, or a temporal unit @param frame comes back with the picture */
  decode(data: Buffer, frame: number): void {
    this.#pending.push(frame);
    const delimiter = DELIMITERS[this.#codec];
    // A second delimiter would be a temporal unit without a picture.
    const own = this.#codec === 'av1' && this.#begun ? delimiterLength(data) : 0;
    this.#begun = true;
    this.#process.stdin.write(data.subarray(own));
    this.#process.stdin.write(delimiter);
  }

  /** Ends the input, waits for the last picture and for the process. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#process.stdin.end();
      if (this.#process.exitCode === null && this.#process.signalCode === null) {
        const timer = setTimeout(() => this.#process.kill('SIGKILL'), 3000);
        await once(this.#process, 'close');
        clearTimeout(timer);
      }
    })();
    return this.#closed;
  }

  #output(chunk: Buffer): void {
    this.#partial.push(chunk);
    this.#partialBytes += chunk.length;
    if (this.#partialBytes < this.#size) return;
    let bytes = this.#partial.length === 1 ? chunk : Buffer.concat(this.#partial);
    while (bytes.length >= this.#size) {
      const pixels = Buffer.from(bytes.subarray(0, this.#size));
      bytes = bytes.subarray(this.#size);
      const frame = this.#pending.shift() ?? -1;
      this.emit('picture', {
        width: this.#width,
        height: this.#height,
        pixels,
        frame,
        decodedAt: monotonicNow(),
      });
    }
    this.#partial = bytes.length > 0 ? [bytes] : [];
    this.#partialBytes = bytes.length;
  }
}
