import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { monotonicNow } from '../clock.ts';

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
  /** `gray`: 1 byte a pixel, luma as coded; `rgb24`: 3 */
  readonly format: 'gray' | 'rgb24';
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
const ACCESS_UNIT_DELIMITER = Buffer.of(0, 0, 0, 1, 9, 0xf0);

/**
 * H.264 → pictures through one ffmpeg process, without a frame of delay: pictures come out one for one, in order.
 */
export class PictureDecoder extends EventEmitter<{
  picture: [picture: DecodedPicture];
  failed: [reason: string];
}> {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #width: number;
  readonly #height: number;
  readonly #size: number;
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
    this.#size = this.#width * this.#height * (options.format === 'gray' ? 1 : 3);
    const filters = [
      ...(crop ? [`crop=${crop.width}:${crop.height}:${crop.x}:${crop.y}:exact=1`] : []),
      // Luma as it was coded: converting to gray would stretch limited range.
      options.format === 'gray' ? 'extractplanes=y' : 'format=rgb24',
    ];
    // What costs a frame of delay and is avoided: probing, frame threads in decoder and raw encoder alike.
    this.#process = spawn(
      'ffmpeg',
      // prettier-ignore
      [
        '-hide_banner', '-loglevel', 'warning', '-threads', '1', '-flags', 'low_delay',
        '-probesize', '32', '-analyzeduration', '1',
        '-f', 'h264', '-i', 'pipe:0', '-vf', filters.join(','), '-fps_mode', 'passthrough',
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

  /** @param data one access unit, Annex B @param frame comes back with the picture */
  decode(data: Buffer, frame: number): void {
    this.#pending.push(frame);
    this.#process.stdin.write(data);
    this.#process.stdin.write(ACCESS_UNIT_DELIMITER);
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
