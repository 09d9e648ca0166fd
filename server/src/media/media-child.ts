import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import type { Logger } from 'pino';

import type { FromMedia, ToMedia } from './messages.ts';
import { COUNTERS_FD } from './messages.ts';

/** How a media process is started: this executable with `media`, or Node with the bundle and `media`. */
export interface MediaCommand {
  readonly command: string;
  readonly args: readonly string[];
}

export interface MediaChildEvents {
  message(message: FromMedia): void;
  /** The process is gone, for whatever reason; called once. */
  gone(reason: string): void;
}

/** milliseconds from `close` to SIGKILL */
const CLOSE_TIME_LIMIT = 2_000;

/** One running media process: its channel, its last words, its end. */
export class MediaChild {
  readonly #process: ChildProcess;
  readonly #gone: Promise<void>;

  /** @param countersFd inherited as descriptor `COUNTERS_FD` */
  constructor(
    start: MediaCommand,
    countersFd: number,
    events: MediaChildEvents,
    log: Pick<Logger, 'info' | 'warn'>,
  ) {
    const child = spawn(start.command, start.args, {
      // 3 is the channel, COUNTERS_FD the page.
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', countersFd],
      serialization: 'advanced',
    });
    if (child.stdio.length !== COUNTERS_FD + 1) throw new Error('descriptor table');
    this.#process = child;
    child.on('message', (message) => events.message(message as FromMedia));
    // A write to a process that just died; its end is reported by `close`.
    child.on('error', (error) => log.warn({ pid: child.pid, err: error }, 'media process'));
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) =>
        log.info({ pid: child.pid, line }, 'media process says'),
      );
    }
    this.#gone = new Promise((resolve) => {
      const ended = (reason: string): void => {
        resolve();
        events.gone(reason);
      };
      child.once('exit', (code, signal) =>
        ended(signal ? `ended by ${signal}` : `ended with status ${code}`),
      );
      // No `exit` follows when it could not be started at all.
      child.once('error', (error) => {
        if (child.pid === undefined) ended(`could not be started: ${error.message}`);
      });
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  send(message: ToMedia): void {
    if (this.#process.connected) this.#process.send(message, () => {});
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }

  /** Asks it to end, and insists after 2 s. */
  async close(): Promise<void> {
    this.send({ type: 'close' });
    const timer = setTimeout(() => this.kill(), CLOSE_TIME_LIMIT);
    await this.#gone;
    clearTimeout(timer);
  }
}
