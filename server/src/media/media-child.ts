import type { ChildProcess, StdioOptions } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

import type { Logger } from 'pino';

import type { EncoderWish, PictureOptions } from '../native/media-addon.ts';
import type { DescriptorChannel } from './descriptor-channel.ts';
import type { FromMedia, ToMedia } from './messages.ts';
import { COUNTERS_FD, DESCRIPTORS_FD } from './messages.ts';

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
  readonly #channel: DescriptorChannel | undefined;
  readonly #gone: Promise<void>;
  #listener: MediaChildEvents | undefined;
  #end: string | undefined;

  /**
   * @param countersFd inherited as descriptor `COUNTERS_FD`; none for a speed test
   * @param channel for the descriptors of a source; closed with the process
   * @throws Error when the system gives no process
   */
  constructor(
    start: MediaCommand,
    countersFd: number | 'none',
    log: Pick<Logger, 'info' | 'warn'>,
    channel?: DescriptorChannel,
  ) {
    // 3 is Node's own channel.
    const stdio: StdioOptions = ['ignore', 'ignore', 'pipe', 'ipc'];
    stdio[COUNTERS_FD] = countersFd === 'none' ? 'ignore' : countersFd;
    if (channel) stdio[DESCRIPTORS_FD] = channel.inherited;
    const child = spawn(start.command, start.args, {
      stdio,
      serialization: 'advanced',
      env: frugal(process.env),
    });
    this.#process = child;
    this.#channel = channel;
    channel?.started();
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
        channel?.close();
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

  /**
   * A picture, and what its source needs that has no name. The descriptors are closed here.
   *
   * @param expected the encoder that opens beside the source
   *
   * @throws Error with a sentence when they cannot be passed on
   */
  open(picture: PictureOptions, descriptors: readonly number[] = [], expected?: EncoderWish): void {
    this.#give({ type: 'open', picture, ...(expected && { expected }) }, descriptors);
  }

  /** Another source for the picture that is open, else as `open`. */
  changeSource(picture: PictureOptions, descriptors: readonly number[] = []): void {
    this.#give({ type: 'source', picture }, descriptors);
  }

  #give(
    order: Extract<ToMedia, { type: 'open' | 'source' }>,
    descriptors: readonly number[],
  ): void {
    if (descriptors.length === 0) return this.send(order);
    if (!this.#channel) throw new Error('This media process takes no descriptors.');
    this.#channel.send(descriptors);
    this.send({ ...order, descriptors: descriptors.length });
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
