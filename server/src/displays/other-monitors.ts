import { existsSync } from 'node:fs';
import type { Logger } from 'pino';
import * as z from 'zod';

import type { UndoOf, UndoRecords } from '../store/undo-journal.ts';

/** The monitors of one desktop that runs. @throws Error with a sentence where it does not answer in time */
export interface MonitorSwitch {
  /** names of those that are on */
  lit(): Promise<readonly string[]>;
  set(monitors: readonly string[], on: boolean): Promise<void>;
}

const undoState = z.object({
  /** path of the desktop's socket */
  desktop: z.string(),
  monitors: z.array(z.string()),
});

/**
 * The PC's own monitors, which are off while second screens are streamed where the owner wants it so. What is switched off
 * is written down before, so that no monitor stays dark: the next host lights it at the latest, and so does
 * `earthshine undo` behind a host that was killed.
 */
export class OtherMonitors {
  /** by which the journal knows these rows */
  readonly #provider: string;
  readonly #at: (desktop: string) => MonitorSwitch;
  readonly #journal: UndoRecords;
  readonly #log: Logger;
  /** screens of devices, which stay on, as `desktop` and name */
  readonly #screens = new Set<string>();
  #turn: Promise<void> = Promise.resolve();

  /** @param parts.at how monitors of a desktop are switched, by the path of its socket */
  constructor(parts: {
    readonly provider: string;
    readonly at: (desktop: string) => MonitorSwitch;
    readonly journal: UndoRecords;
    readonly log: Logger;
  }) {
    this.#provider = parts.provider;
    this.#at = parts.at;
    this.#journal = parts.journal;
    this.#log = parts.log;
  }

  /** All are off but this screen and those of other devices. Never rejects: the screen is of use beside them too. */
  darken(desktop: string, screen: string): Promise<void> {
    return this.#inTurn('a monitor could not be switched off', async () => {
      this.#screens.add(keyOf(desktop, screen));
      const monitors = this.#at(desktop);
      const lit = (await monitors.lit()).filter((name) => !this.#screens.has(keyOf(desktop, name)));
      if (lit.length === 0) return;
      await this.#journal.record({
        kind: 'display',
        provider: this.#provider,
        state: { desktop, monitors: lit },
      });
      await monitors.set(lit, false);
    });
  }

  /**
   * This screen is about to go: with the last of its desktop the monitors are on again, before there is none. May be called
   * for one that darkened nothing. Never rejects.
   */
  lighten(desktop: string, screen: string): Promise<void> {
    return this.#inTurn('a monitor could not be switched on again', async () => {
      if (!this.#screens.delete(keyOf(desktop, screen))) return;
      if ([...this.#screens].some((key) => key.startsWith(keyOf(desktop, '')))) return;
      await this.#light((state) => state.desktop === desktop);
    });
  }

  /** What an earlier process of the host left dark. Never rejects. */
  recover(): Promise<void> {
    return this.#inTurn('a monitor that an earlier host switched off stays dark', () =>
      this.#light(() => true),
    );
  }

  /** What could not be lit while its desktop is there stays written down. */
  async #light(wanted: (state: z.output<typeof undoState>) => boolean): Promise<void> {
    for (const row of this.#journal.entries('display')) {
      if (row.provider !== this.#provider) continue;
      const state = undoState.safeParse(row.state);
      if (state.success && !wanted(state.data)) continue;
      if (state.success && existsSync(state.data.desktop)) await this.#lightRow(row, state.data);
      else await this.#journal.forget(row);
    }
  }

  async #lightRow(
    row: UndoOf<'display'>,
    { desktop, monitors }: z.output<typeof undoState>,
  ): Promise<void> {
    await this.#at(desktop).set(monitors, true);
    await this.#journal.forget(row);
  }

  /** Monitors are told by being on, so that one change ends before the next begins. */
  #inTurn(failure: string, work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn
      .then(work)
      .catch((error: unknown) => this.#log.warn({ err: error }, failure));
    return this.#turn;
  }
}

const keyOf = (desktop: string, screen: string): string => `${desktop} ${screen}`;
