import { execFileSync } from 'node:child_process';
import { closeSync, createReadStream, mkdtempSync, openSync, type ReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

const EVENT_BYTES = 24;
const EV_KEY = 1;

/** A key that went up or down, as the device saw it. */
export interface KeyWrite {
  /** evdev code */
  readonly code: number;
  readonly down: boolean;
  /** CLOCK_MONOTONIC at the write, milliseconds */
  readonly at: number;
}

/** A pipe in the place of /dev/uinput, for one host. */
export class UinputPipe {
  /** what the host's environment needs */
  readonly environment: Readonly<Record<string, string>>;
  readonly keys: KeyWrite[] = [];
  readonly #folder: string;
  readonly #descriptor: number;
  readonly #stream: ReadStream;

  constructor() {
    this.#folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-uinput-'));
    const pipe = path.join(this.#folder, 'events');
    const library = path.join(this.#folder, 'uinput-pipe.so');
    execFileSync('mkfifo', [pipe]);
    const source = path.join(import.meta.dirname, 'uinput-pipe.c');
    execFileSync('cc', [
      ...['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', library, source, '-ldl'],
    ]);
    this.environment = { LD_PRELOAD: library, EARTHSHINE_UINPUT_PIPE: pipe };
    // For reading and writing, so that it opens before there is a host and lasts longer.
    this.#descriptor = openSync(pipe, 'r+');
    this.#stream = createReadStream('', { fd: this.#descriptor, autoClose: false });
    let rest = Buffer.alloc(0);
    this.#stream.on('data', (data) => {
      rest = Buffer.concat([rest, data as Buffer]);
      for (; rest.length >= EVENT_BYTES; rest = rest.subarray(EVENT_BYTES)) this.#take(rest);
    });
    this.#stream.on('error', () => undefined);
  }

  #take(event: Buffer): void {
    if (event.readUInt16LE(16) !== EV_KEY) return;
    this.keys.push({
      code: event.readUInt16LE(18),
      down: event.readInt32LE(20) !== 0,
      at: Number(event.readBigInt64LE(0)) * 1000 + Number(event.readBigInt64LE(8)) / 1000,
    });
  }

  async close(): Promise<void> {
    this.#stream.destroy();
    closeSync(this.#descriptor);
    await rm(this.#folder, { recursive: true, force: true });
  }
}
