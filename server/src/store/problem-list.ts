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

/** Where parts of the host say what went wrong. */
export interface Problems {
  report(problem: Pick<Problem, 'device' | 'message'>): void;
}

const KEPT = 30;

interface Row {
  readonly id: number;
  readonly at: number;
  readonly device: string | null;
  readonly message: string;
  readonly count: number;
}

/** What went wrong lately, over restarts of the host; the oldest makes room. */
export class ProblemList implements Problems {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #now: () => number;
  /** newest first */
  #rows: Row[];

  private constructor(store: Store, log: Logger, now: () => number, rows: Row[]) {
    this.#store = store;
    this.#log = log;
    this.#now = now;
    this.#rows = rows;
  }

  static async open(store: Store, log: Logger, now: () => number = Date.now): Promise<ProblemList> {
    const rows = await store.all<Row>('SELECT * FROM problems ORDER BY id DESC LIMIT ?', [KEPT]);
    return new ProblemList(store, log, now, rows);
  }

  /** Newest first. */
  list(): readonly Problem[] {
    return this.#rows.map(({ at, device, message, count }) => ({
      at,
      ...(device !== null && { device }),
      message,
      count,
    }));
  }

  /** What the disk does not take is known until the host ends. */
  report({ device, message }: Pick<Problem, 'device' | 'message'>): void {
    const [last, ...older] = this.#rows;
    const again = last?.message === message && last.device === (device ?? null);
    const row: Row = {
      id: again ? last.id : (last?.id ?? 0) + 1,
      at: this.#now(),
      device: device ?? null,
      message,
      count: again ? last.count + 1 : 1,
    };
    this.#rows = [row, ...(again ? older : this.#rows)].slice(0, KEPT);
    void this.#write(row);
  }

  async #write({ id, at, device, message, count }: Row): Promise<void> {
    try {
      await this.#store.run(
        'INSERT OR REPLACE INTO problems (id, at, device, message, count) VALUES (?, ?, ?, ?, ?)',
        [id, at, device, message, count],
      );
      await this.#store.run('DELETE FROM problems WHERE id <= ?', [id - KEPT]);
    } catch (error) {
      this.#log.warn({ err: error }, 'a problem could not be stored');
    }
  }
}
