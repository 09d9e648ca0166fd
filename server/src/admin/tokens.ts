import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';

import type { Store } from '../store/store.ts';
import { ApiError } from './api-error.ts';
import { SCOPES } from './scopes.ts';
import type { Scope } from './scopes.ts';

/** More than the owner has programs. */
const MAX_TOKENS = 32;
/** Use is written down at most this often. */
const USE_WRITE_MS = 10 * 60_000;
/** So that whoever finds one in a file, and scanners of secrets, know what it is. */
const PREFIX = 'earthshine_';
const FORM = /^earthshine_[A-Za-z0-9_-]{43}$/;

/** What a program signs in with, without the secret. */
export interface Token {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly lastUsedAt: number | undefined;
}

interface Kept extends Token {
  readonly hash: string;
  lastUsedAt: number | undefined;
  lastWrittenAt: number;
}

interface Row {
  readonly id: string;
  readonly token_hash: string;
  readonly name: string;
  readonly scopes: string;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

/**
 * Bearer tokens of programs. One is shown when it is made and never again: here and in the store lies its SHA-256. Its
 * 256 random bits need no back-off.
 */
export class Tokens extends EventEmitter<{ ended: [id: string] }> {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #tokens: Map<string, Kept>;

  private constructor(store: Store, now: () => number, tokens: readonly Kept[]) {
    super();
    this.#store = store;
    this.#now = now;
    this.#tokens = new Map(tokens.map((token) => [token.hash, token]));
  }

  static async open(store: Store, now: () => number = Date.now): Promise<Tokens> {
    const rows = await store.all<Row>('SELECT * FROM tokens ORDER BY created_at, id');
    return new Tokens(store, now, rows.map(keptOf));
  }

  /** In the order in which they were made. */
  list(): readonly Token[] {
    return [...this.#tokens.values()];
  }

  /** @throws ApiError `conflict` when there are too many, or one of this name */
  async create(name: string, scopes: readonly Scope[]): Promise<{ secret: string; token: Token }> {
    if (this.#tokens.size >= MAX_TOKENS) {
      throw new ApiError('conflict', `There are ${MAX_TOKENS} tokens. Remove one first.`, {
        reason: 'too-many-tokens',
        parameters: { maximum: MAX_TOKENS },
      });
    }
    if (this.list().some((token) => token.name === name)) {
      throw new ApiError('conflict', `There is a token "${name}" already.`, {
        reason: 'token-name',
        field: 'name',
      });
    }
    const secret = PREFIX + randomBytes(32).toString('base64url');
    const kept: Kept = {
      id: randomBytes(8).toString('hex'),
      hash: hashOf(secret),
      name,
      // Each once and in one order, however they were asked for.
      scopes: SCOPES.filter((scope) => scopes.includes(scope)),
      createdAt: this.#now(),
      lastUsedAt: undefined,
      lastWrittenAt: 0,
    };
    // Before the disk has it, so that two made at once know of each other.
    this.#tokens.set(kept.hash, kept);
    try {
      await this.#store.run(
        'INSERT INTO tokens (id, token_hash, name, scopes, created_at) VALUES (?, ?, ?, ?, ?)',
        [kept.id, kept.hash, name, JSON.stringify(kept.scopes), kept.createdAt],
      );
    } catch (error) {
      this.#tokens.delete(kept.hash);
      throw error;
    }
    return { secret, token: kept };
  }

  /** @returns whose it is; counts as use */
  find(secret: string): Token | undefined {
    if (!FORM.test(secret)) return undefined;
    const kept = this.#tokens.get(hashOf(secret));
    if (!kept) return undefined;
    const now = this.#now();
    kept.lastUsedAt = now;
    if (now - kept.lastWrittenAt > USE_WRITE_MS) {
      kept.lastWrittenAt = now;
      // Losing one makes a token look older than it is, and nothing else.
      void this.#store
        .run('UPDATE tokens SET last_used_at = ? WHERE id = ?', [now, kept.id])
        .catch(() => undefined);
    }
    return kept;
  }

  /** What was open by it ends at once. @throws ApiError `not-found` */
  async remove(id: string): Promise<void> {
    const kept = [...this.#tokens.values()].find((token) => token.id === id);
    if (!kept) throw new ApiError('not-found', 'There is no such token.', { reason: 'token' });
    this.#tokens.delete(kept.hash);
    this.emit('ended', id);
    await this.#store.run('DELETE FROM tokens WHERE id = ?', [id]);
  }
}

function keptOf(row: Row): Kept {
  return {
    id: row.id,
    hash: row.token_hash,
    name: row.name,
    scopes: scopesOf(row.scopes),
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
    lastWrittenAt: row.last_used_at ?? 0,
  };
}

/** A damaged row opens nothing. */
function scopesOf(text: string): readonly Scope[] {
  try {
    const said: unknown = JSON.parse(text);
    return Array.isArray(said) ? SCOPES.filter((scope) => said.includes(scope)) : [];
  } catch {
    return [];
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
