import { closeSync } from 'node:fs';

import type { MediaAddon } from '../native/media-addon.ts';
import { COUNTER_SLOTS } from '../native/media-addon.ts';

/**
 * The page of counters that every media process inherits, and who has which slot of it. One page for all of
 * them, so that a process that waits warm can take over any viewer.
 */
export class CounterSlots {
  readonly #addon: Pick<MediaAddon, 'createCounterPage' | 'resetCounters'>;
  readonly #free = Array.from({ length: COUNTER_SLOTS }, (_, slot) => slot);
  #page: number | undefined;

  constructor(addon: Pick<MediaAddon, 'createCounterPage' | 'resetCounters'>) {
    this.#addon = addon;
  }

  /** the page's descriptor; made when it is first needed */
  get page(): number {
    this.#page ??= this.#addon.createCounterPage();
    return this.#page;
  }

  /**
   * A slot set to its beginning, for a key that is new too.
   *
   * @throws Error when all are taken
   */
  take(): number {
    const slot = this.#free.shift();
    if (slot === undefined) throw new Error('Too many devices stream from this host.');
    this.#addon.resetCounters(this.page, slot);
    return slot;
  }

  /** Only when nothing uses the slot any more. The longest unused is given next. */
  release(slot: number): void {
    this.#free.push(slot);
  }

  /** May be called twice. */
  close(): void {
    if (this.#page !== undefined) closeSync(this.#page);
    this.#page = undefined;
  }
}
