import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { open, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import type { Logger } from 'pino';

import { OutputLines } from '../processes/output-lines.ts';

/** A command that floods the log is silenced after so many lines. */
const LINES = 2000;
/** What of its output is told of a command that failed. */
const LAST_LINES = 3;
/** Bytes; what has been read of a longer file is given back to the disk. */
const LONGEST_FILE = 1 << 20;
const CHUNK = 65_536;

/**
 * What a command writes, line by line to the log. It writes to files without a name, not to pipes: a program that
 * outlives the host goes on writing, where a pipe that nobody reads would end it with SIGPIPE. Their space is free again
 * when the last that writes there has ended.
 */
export class CommandOutput {
  /** what `spawn` takes for its standard output and error */
  readonly stdio: readonly [number | 'ignore', number | 'ignore'];
  readonly #streams: readonly Tail[];
  readonly #last: string[];

  private constructor(streams: readonly Tail[], last: string[]) {
    this.#streams = streams;
    this.#last = last;
    this.stdio = [streams[0]?.descriptor ?? 'ignore', streams[1]?.descriptor ?? 'ignore'];
  }

  /**
   * Without a file, when the disk is full for one, the command runs all the same, and nobody reads what it writes.
   *
   * @param folder of the host's own
   */
  static async open(folder: string, log: () => Logger, kept = LAST_LINES): Promise<CommandOutput> {
    const last: string[] = [];
    let lines = 0;
    const line = (stream: string, text: string): void => {
      lines++;
      last.push(text);
      if (last.length > kept) last.shift();
      if (lines <= LINES) log().info({ stream }, text);
      else if (lines === LINES + 1) {
        log().warn({ code: 'output-cut' }, `A command wrote ${LINES} lines; the rest is dropped.`);
      }
    };
    const streams: Tail[] = [];
    try {
      streams.push(await Tail.open(folder, (text) => line('out', text)));
      streams.push(await Tail.open(folder, (text) => line('err', text)));
    } catch (error) {
      log().warn({ code: 'output-lost', err: error }, 'What a command writes cannot be kept.');
    }
    return new CommandOutput(streams, last);
  }

  /** Of all that was written by now, the last one last. */
  async lastLines(): Promise<readonly string[]> {
    await Promise.all(this.#streams.map((stream) => stream.catchUp()));
    return this.#last;
  }

  /** Reads what is there and no more; who writes there goes on. May be called twice. */
  async close(): Promise<void> {
    await Promise.all(this.#streams.map((stream) => stream.close()));
  }
}

/** The end of a growing file. */
class Tail {
  readonly #file: FileHandle;
  readonly #lines: OutputLines;
  #watcher: FSWatcher | undefined;
  #position = 0;
  #reading: Promise<void> | undefined;
  /** something was written since the reading began */
  #stale = false;
  #closed: Promise<void> | undefined;

  private constructor(file: FileHandle, line: (line: string) => void) {
    this.#file = file;
    this.#lines = new OutputLines(line);
  }

  static async open(folder: string, line: (line: string) => void): Promise<Tail> {
    const name = path.join(folder, `.output-${randomBytes(8).toString('hex')}`);
    const file = await open(name, 'ax+', 0o600);
    const tail = new Tail(file, line);
    try {
      tail.#watcher = watch(name, { persistent: false }, () => void tail.catchUp());
      tail.#watcher.on('error', () => tail.#watcher?.close());
    } catch {
      // No watch is left on this machine: it is read when the command has ended.
    }
    await unlink(name);
    return tail;
  }

  get descriptor(): number {
    return this.#file.fd;
  }

  /** Resolves when all that had been written at the call was read. */
  catchUp(): Promise<void> {
    if (this.#closed) return this.#closed;
    this.#stale = true;
    return (this.#reading ??= this.#read());
  }

  close(): Promise<void> {
    if (this.#closed) return this.#closed;
    const read = this.catchUp();
    return (this.#closed = (async () => {
      this.#watcher?.close();
      await read;
      this.#lines.end();
      await this.#file.close();
    })());
  }

  async #read(): Promise<void> {
    const buffer = Buffer.allocUnsafe(CHUNK);
    try {
      while (this.#stale) {
        this.#stale = false;
        let size: number;
        do {
          ({ bytesRead: size } = await this.#file.read(buffer, 0, CHUNK, this.#position));
          this.#position += size;
          this.#lines.push(buffer.subarray(0, size));
        } while (size > 0);
        if (this.#position > LONGEST_FILE) {
          // Who writes appends, wherever the end is.
          await this.#file.truncate(0);
          this.#position = 0;
        }
      }
    } catch {
      // A disk that fails costs the lines of a log.
    } finally {
      this.#reading = undefined;
    }
  }
}
