import type { ChildProcess, StdioOptions } from 'node:child_process';
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
  /** what it said in its hello; `undefined` until then */
  build: string | undefined;
  readonly #process: ChildProcess;
  readonly #gone: Promise<void>;
  #listener: MediaChildEvents | undefined;
  #end: string | undefined;

  /**
   * @param countersFd inherited as descriptor `COUNTERS_FD`; none for a speed test
   * @throws Error when the system gives no process
   */
  constructor(
    start: MediaCommand,
    countersFd: number | 'none',
    log: Pick<Logger, 'info' | 'warn'>,
  ) {
    // 3 is the channel, COUNTERS_FD (4) the page.
    const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'ipc'];
    stdio[COUNTERS_FD] = countersFd === 'none' ? 'ignore' : countersFd;
    const child = spawn(start.command, start.args, {
      stdio,
      serialization: 'advanced',
      env: frugal(process.env),
    });
    this.#process = child;
    child.on('message', (received) => {
      const message = received as FromMedia;
      if (message.type === 'hello') this.build = message.build;
      this.#listener?.message(message);
    });
    // A write to a process that just died; its end is reported by `exit`.
    child.on('error', (error) => log.warn({ pid: child.pid, err: error }, 'media process'));
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) =>
        log.info({ pid: child.pid, line }, 'media process says'),
      );
    }
    this.#gone = new Promise((resolve) => {
      const ended = (reason: string): void => {
        this.#end = reason;
        resolve();
        this.#listener?.gone(reason);
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

  /** Whose it is from now on. One that is gone already says so again. */
  listen(events: MediaChildEvents): void {
    this.#listener = events;
    const end = this.#end;
    if (end !== undefined) queueMicrotask(() => events.gone(end));
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

/**
 * Little JavaScript runs in a media process, so a small young generation is enough; and its threads allocate only
 * while they start, so they share two malloc arenas instead of leaving one each behind. Together 20 MB.
 */
function frugal(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const options = [environment['NODE_OPTIONS'], '--max-semi-space-size=1'].filter(Boolean);
  return { MALLOC_ARENA_MAX: '2', ...environment, NODE_OPTIONS: options.join(' ') };
}
