import type { Logger } from 'pino';

import type { Store } from './store.ts';

/** Something that went wrong, for the owner; whoever it happened to may be gone. */
export interface Problem {
  /** when it happened last, milliseconds since 1970 */
  readonly at: number;
  /** name of the device that it happened to */
  readonly device?: string;
  readonly message: string;
  /** how often in a row */
  readonly count: number;
}

/** A problem as its own page shows it. */
export interface Fault extends Problem {
  readonly id: number;
  /** of the first of those in a row */
  readonly firstAt: number;
  /** the owner has seen to it */
  readonly dismissed: boolean;
}

/** The host was started. */
export interface HostStart {
  readonly at: number;
  readonly version: string;
}

/** What went wrong over the host's starts. */
export interface Faults {
  /** newest first, dismissed ones too */
  faults(): readonly Fault[];
  /** newest first */
  starts(): readonly HostStart[];
  /** @returns false when there is none of this id */
  dismiss(id: number, dismissed: boolean): Promise<boolean>;
  dismissAll(): Promise<void>;
}

/** Where parts of the host say what went wrong. */
export interface Problems {
  report(problem: Pick<Problem, 'device' | 'message'>): void;
}

const KEPT = 300;
const KEPT_STARTS = 50;
/** Those that the status tells of. */
const RECENT = 30;

interface Row {
  readonly id: number;
  readonly at: number;
  readonly device: string | null;
  readonly message: string;
  readonly count: number;
  readonly dismissed: number;
  readonly first_at: number;
}

/** What went wrong lately, over restarts of the host; the oldest makes room. */
export class ProblemList implements Problems, Faults {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #now: () => number;
  /** newest first */
  #rows: Row[];
  /** newest first */
  #starts: readonly HostStart[];

  private constructor(
    store: Store,
    log: Logger,
    now: () => number,
    { rows, starts }: { readonly rows: Row[]; readonly starts: readonly HostStart[] },
  ) {
    this.#store = store;
    this.#log = log;
    this.#now = now;
    this.#rows = rows;
    this.#starts = starts;
  }

  static async open(store: Store, log: Logger, now: () => number = Date.now): Promise<ProblemList> {
    const rows = await store.all<Row>('SELECT * FROM problems ORDER BY id DESC LIMIT ?', [KEPT]);
    const starts = await store.all<HostStart>(
      'SELECT at, version FROM host_starts ORDER BY id DESC LIMIT ?',
      [KEPT_STARTS],
    );
    return new ProblemList(store, log, now, { rows, starts });
  }

  /** The last ones that nobody has seen to yet, newest first. */
  list(): readonly Problem[] {
    return this.#rows
      .filter(({ dismissed }) => dismissed === 0)
      .slice(0, RECENT)
      .map(problemOf);
  }

  faults(): readonly Fault[] {
    return this.#rows.map((row) => ({
      id: row.id,
      ...problemOf(row),
      firstAt: row.first_at,
      dismissed: row.dismissed !== 0,
    }));
  }

  starts(): readonly HostStart[] {
    return this.#starts;
  }

  /** This start of the host, for the time line of what went wrong. */
  began(version: string): void {
    const start = { at: this.#now(), version };
    this.#starts = [start, ...this.#starts].slice(0, KEPT_STARTS);
    void this.#keep(async () => {
      await this.#store.run('INSERT INTO host_starts (at, version) VALUES (?, ?)', [
        start.at,
        version,
      ]);
      await this.#store.run(
        'DELETE FROM host_starts WHERE id <= (SELECT max(id) FROM host_starts) - ?',
        [KEPT_STARTS],
      );
    });
  }

  async dismiss(id: number, dismissed: boolean): Promise<boolean> {
    const known = this.#rows.some((row) => row.id === id);
    if (known) await this.#setDismissed((row) => row.id === id, dismissed);
    return known;
  }

  dismissAll(): Promise<void> {
    return this.#setDismissed(() => true, true);
  }

  /** What the disk does not take is known until the host ends. */
  report({ device, message }: Pick<Problem, 'device' | 'message'>): void {
    const [last, ...older] = this.#rows;
    const again =
      last?.message === message && last.device === (device ?? null) && last.dismissed === 0;
    const row: Row = {
      id: again ? last.id : (last?.id ?? 0) + 1,
      at: this.#now(),
      device: device ?? null,
      message,
      count: again ? last.count + 1 : 1,
      dismissed: 0,
      first_at: again ? last.first_at : this.#now(),
    };
    this.#rows = [row, ...(again ? older : this.#rows)].slice(0, KEPT);
    void this.#write(row);
  }

  async #setDismissed(which: (row: Row) => boolean, dismissed: boolean): Promise<void> {
    const said = Number(dismissed);
    const changed = this.#rows.filter((row) => which(row) && row.dismissed !== said);
    if (changed.length === 0) return;
    this.#rows = this.#rows.map((row) =>
      changed.includes(row) ? { ...row, dismissed: said } : row,
    );
    const ids = changed.map(({ id }) => id);
    await this.#store.run(
      `UPDATE problems SET dismissed = ? WHERE id IN (${ids.map(() => '?').join(', ')})`,
      [said, ...ids],
    );
  }

  async #write({ id, at, device, message, count, dismissed, first_at }: Row): Promise<void> {
    await this.#keep(async () => {
      await this.#store.run(
        `INSERT OR REPLACE INTO problems (id, at, device, message, count, dismissed, first_at)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
        [id, at, device, message, count, dismissed, first_at],
      );
      await this.#store.run('DELETE FROM problems WHERE id <= ?', [id - KEPT]);
    });
  }

  async #keep(write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      this.#log.warn({ err: error }, 'a problem could not be stored');
    }
  }
}

function problemOf({ at, device, message, count }: Row): Problem {
  return { at, ...(device !== null && { device }), message, count };
}
