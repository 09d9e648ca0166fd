import type { Logger } from 'pino';

import type { DescriptorAddon } from '../native/descriptor-addon.ts';
import type { CounterSlots } from './counter-slots.ts';
import { DescriptorChannel } from './descriptor-channel.ts';
import type { MediaCommand } from './media-child.ts';
import { MediaChild } from './media-child.ts';

/** milliseconds that a warm process waits for a launch on its way that does not come */
const LAUNCH_LIFE = 30_000;

export interface StandbyOptions {
  readonly log: Logger;
  readonly start: MediaCommand;
  readonly slots: CounterSlots;
  readonly addon: Pick<DescriptorAddon, 'descriptorSockets' | 'sendDescriptors'>;
}

/**
 * One media process that waits without a picture while a launch is on its way through RTSP, or while a paired device
 * looks at the host, so that PLAY finds it warm.
 */
export class Standby {
  readonly #options: StandbyOptions;
  readonly #closing = new Set<Promise<void>>();
  #child: MediaChild | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** of the clock that never goes back */
  #until = 0;

  constructor(options: StandbyOptions) {
    this.#options = options;
  }

  /** Makes sure that one waits, or is on its way. Never throws. */
  prepare(waits = LAUNCH_LIFE): void {
    if (!this.#child) {
      try {
        const child = this.#spawn();
        child.listen({
          message: () => {},
          gone: () => {
            if (this.#child === child) this.#child = undefined;
          },
        });
        this.#child = child;
      } catch (error) {
        // `take` tries again, and has somebody to tell.
        this.#options.log.warn({ err: error }, 'no media process could be prepared');
      }
    }
    // Who looks at the host has it wait longer than who launches; the later end counts.
    const until = performance.now() + waits;
    if (until <= this.#until) return;
    this.#until = until;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#end(), waits);
    this.#idle.unref();
  }

  /**
   * The one that waits, or a new one.
   *
   * @throws Error when the system gives no process
   */
  take(): MediaChild {
    const child = this.#child ?? this.#spawn();
    this.#child = undefined;
    return child;
  }

  /** May be called twice. */
  async close(): Promise<void> {
    clearTimeout(this.#idle);
    this.#end();
    await Promise.all(this.#closing);
  }

  #spawn(): MediaChild {
    const { start, slots, log, addon } = this.#options;
    const channel = new DescriptorChannel(addon);
    try {
      return new MediaChild(start, slots.page, log, channel);
    } catch (error) {
      channel.close();
      throw error;
    }
  }

  #end(): void {
    this.#until = 0;
    const child = this.#child;
    this.#child = undefined;
    if (!child) return;
    const closing = child.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
