import type { Logger } from 'pino';

import type { KeepAwake } from './keep-awake.ts';
import type { ScreenLock } from './screen-lock.ts';

/** A session, as this sees it. */
export interface CaredStream {
  /** of its launch, never used before */
  readonly number: number;
  /** its picture runs */
  readonly streaming: boolean;
  /** it shows the user's own desktop, or a screen of it */
  readonly ofDesktop: boolean;
  /** Its device may unlock, gives input, and its control connection is authenticated. */
  readonly mayUnlock: boolean;
  /** Something for whoever watches; absent: it is over. */
  tell(notice: string | undefined): void;
}

export const SCREEN_LOCKED =
  'The screen of the PC is locked. Unlock it with the keyboard, at the PC, or permit this device to: "May unlock the ' +
  'screen" among its options.';

/**
 * What the user's session needs while it is streamed: a machine that stays awake, a screen that is on, and a lock that
 * is told of and, for whom it is permitted, opened. All of it ends with the streams.
 */
export class StreamCare {
  readonly #awake: KeepAwake;
  readonly #lock: ScreenLock;
  readonly #streams: () => readonly CaredStream[];
  readonly #log: Logger;
  /** those that found the lock as it was: one that is closed later stays closed */
  readonly #begun = new Set<number>();
  readonly #onLock = (): void => this.changed();

  constructor(parts: {
    readonly awake: KeepAwake;
    readonly lock: ScreenLock;
    readonly streams: () => readonly CaredStream[];
    readonly log: Logger;
  }) {
    this.#awake = parts.awake;
    this.#lock = parts.lock;
    this.#streams = parts.streams;
    this.#log = parts.log;
    this.#lock.on('changed', this.#onLock);
  }

  /** Streams have come, gone, or got another state. Waits for nothing. */
  readonly changed = (): void => {
    const streams = this.#streams().filter(({ streaming }) => streaming);
    const desktop = streams.filter(({ ofDesktop }) => ofDesktop);
    this.#awake.want(desktop.length > 0 ? 'screen' : streams.length > 0 ? 'machine' : 'nothing');
    if (desktop.length === 0) {
      this.#begun.clear();
      void this.#lock.relock();
      this.#lock.rest();
      return;
    }
    void this.#lock.watch().then(() => this.#look(desktop));
  };

  /** Locks again and lets the machine sleep. Never rejects. */
  async close(): Promise<void> {
    this.#lock.off('changed', this.#onLock);
    await this.#lock.relock();
    this.#lock.rest();
    await this.#awake.close();
  }

  #look(streams: readonly CaredStream[]): void {
    const { locked } = this.#lock;
    for (const stream of streams) stream.tell(locked ? SCREEN_LOCKED : undefined);
    const fresh = streams.filter(({ number }) => !this.#begun.has(number));
    for (const { number } of fresh) this.#begun.add(number);
    if (locked && fresh.some(({ mayUnlock }) => mayUnlock)) void this.#unlock();
  }

  async #unlock(): Promise<void> {
    try {
      await this.#lock.unlock();
    } catch (error) {
      this.#log.warn({ err: error }, 'the screen stays locked');
    }
  }
}
