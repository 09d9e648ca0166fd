import { execFileSync } from 'node:child_process';
import { constants, mkdtempSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import net from 'node:net';
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
  readonly #stream: net.Socket;

  constructor() {
    this.#folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-uinput-'));
    const pipe = path.join(this.#folder, 'events');
    const library = path.join(this.#folder, 'uinput-pipe.so');
    execFileSync('mkfifo', [pipe]);
    const source = path.join(import.meta.dirname, 'uinput-pipe.c');
    execFileSync('cc', [
      ...['-O2', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-o', library, source, '-ldl'],
    ]);
    // A sanitizer's library stays the first.
    const preloaded = [process.env['LD_PRELOAD'], library].filter(Boolean).join(' ');
    this.environment = { LD_PRELOAD: preloaded, EARTHSHINE_UINPUT_PIPE: pipe };
    // For reading and writing, so that it opens before there is a host and lasts longer. Not as a file: a read of one
    // waits in a thread that nothing wakes, and the program would never end.
    const descriptor = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    this.#stream = new net.Socket({ fd: descriptor, readable: true, writable: false });
    let rest = Buffer.alloc(0);
    this.#stream.on('data', (data) => {
      rest = Buffer.concat([rest, data]);
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
    await rm(this.#folder, { recursive: true, force: true });
  }
}
