import crypto from 'node:crypto';

import type { Logger } from 'pino';

import type { Store } from '../store/store.ts';

/** Launches of many years; what is older than so many others is forgotten. */
const KEPT = 50_000;
/** milliseconds until what the disk did not take is tried again */
const RETRY = 60_000;

/**
 * The keys that launches and resumes have brought, over restarts of the host. Counters and nonces start anew
 * with a key, so a key must never come twice (security: encryption). Digests are kept, not keys.
 */
export class KeyHistory {
  readonly #store: Store;
  readonly #log: Logger;
  readonly #seen: Set<string>;
  /** used, but not written down yet */
  readonly #unstored = new Set<string>();
  #retry: NodeJS.Timeout | undefined;

  private constructor(store: Store, log: Logger, seen: Set<string>) {
    this.#store = store;
    this.#log = log;
    this.#seen = seen;
  }

  static async open(store: Store, log: Logger): Promise<KeyHistory> {
    await store.run(
      'DELETE FROM used_keys WHERE id <= (SELECT id FROM used_keys ORDER BY id DESC LIMIT 1 OFFSET ?)',
      [KEPT],
    );
    const rows = await store.all<{ digest: string }>('SELECT digest FROM used_keys ORDER BY id');
    return new KeyHistory(store, log, new Set(rows.map(({ digest }) => digest)));
  }

  /** Whether the key was never used; says nothing of later. */
  isFresh(key: Uint8Array): boolean {
    return !this.#seen.has(digestOf(key));
  }

  /**
   * The key counts as used at once. The promise resolves when it is written down. A disk that cannot take it does not
   * stop the stream: the key is then known until the host ends, and written with the next one, or a minute later.
   *
   * @returns undefined when the key was used before
   */
  use(key: Uint8Array): Promise<void> | undefined {
    const digest = digestOf(key);
    if (this.#seen.has(digest)) return undefined;
    this.#seen.add(digest);
    if (this.#seen.size > KEPT) {
      const [oldest] = this.#seen;
      this.#seen.delete(oldest!);
    }
    this.#unstored.add(digest);
    return this.#write();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      for (const digest of this.#unstored) {
        await this.#store.run('INSERT OR IGNORE INTO used_keys (digest) VALUES (?)', [digest]);
        this.#unstored.delete(digest);
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'that a stream key was used could not be stored yet');
      this.#retry = setTimeout(() => void this.#write(), RETRY).unref();
    }
  }
}

function digestOf(key: Uint8Array): string {
  return crypto.createHash('sha256').update(key).digest('hex');
}
