import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';

import { NotStored } from '../store/not-stored.ts';
import type { Store } from '../store/store.ts';

const DAY_MS = 24 * 3_600_000;
/** A sign-in ends after so long, … */
export const LOGIN_LIFETIME_MS = 30 * DAY_MS;
/** … or when it was not used for so long. */
const IDLE_MS = 7 * DAY_MS;
/** Use is written down at most this often. */
const USE_WRITE_MS = 10 * 60_000;
/** More than the owner has browsers; the least used goes. */
const MAX_SESSIONS = 64;

/** How long one proof of the password counts for changes that do not want it each time. */
export const PROOF_MS = 5 * 60_000;
/** As much of a browser's description of itself as is kept. */
const MAX_USER_AGENT = 256;

/** A browser that is signed in, as its owner sees it. */
export interface SignIn {
  /** names it, and opens nothing */
  readonly id: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly address: string;
  readonly userAgent: string;
}

interface Session extends SignIn {
  readonly expiresAt: number;
  lastUsedAt: number;
  lastWrittenAt: number;
  /** when the password was given for a change; never kept on the disk */
  provedAt?: number;
}

/**
 * Who is signed in. A browser holds a random token; here and in the store lies only its SHA-256, which is also
 * the sign-in's id.
 */
export class LoginSessions extends EventEmitter<{ ended: [id: string] }> {
  readonly #store: Store;
  readonly #now: () => number;
  readonly #sessions: Map<string, Session>;

  private constructor(store: Store, now: () => number, sessions: Map<string, Session>) {
    super();
    this.#store = store;
    this.#now = now;
    this.#sessions = sessions;
    // Each open event stream listens.
    this.setMaxListeners(0);
  }

  static async open(store: Store, now: () => number = Date.now): Promise<LoginSessions> {
    await store.run('DELETE FROM admin_sessions WHERE expires_at <= ?1 OR last_used_at <= ?2', [
      now(),
      now() - IDLE_MS,
    ]);
    const rows = await store.all<{
      token_hash: string;
      created_at: number;
      expires_at: number;
      last_used_at: number;
      address: string | null;
      user_agent: string | null;
    }>('SELECT * FROM admin_sessions');
    const sessions = rows.map((row) => ({
      id: row.token_hash,
      createdAt: row.created_at,
      address: row.address ?? '',
      userAgent: row.user_agent ?? '',
      expiresAt: row.expires_at,
      lastUsedAt: row.last_used_at,
      lastWrittenAt: row.last_used_at,
    }));
    return new LoginSessions(store, now, new Map(sessions.map((session) => [session.id, session])));
  }

  /** @returns the token for the cookie: 256 random bits in base64url */
  async create(address: string, userAgent: string): Promise<string> {
    const token = randomBytes(32).toString('base64url');
    const id = idOf(token);
    const now = this.#now();
    const expiresAt = now + LOGIN_LIFETIME_MS;
    const agent = userAgent.slice(0, MAX_USER_AGENT);
    try {
      await this.#store.run(
        `INSERT INTO admin_sessions (token_hash, created_at, last_used_at, expires_at, address, user_agent)
       VALUES (?, ?, ?, ?, ?, ?)`,
        [id, now, now, expiresAt, address, agent],
      );
    } catch (error) {
      // It lasts until the host ends: a full disk must not keep the owner out who could make room.
      if (!(error instanceof NotStored)) throw error;
    }
    this.#sessions.set(id, {
      ...{ id, expiresAt, address, userAgent: agent, createdAt: now },
      ...{ lastUsedAt: now, lastWrittenAt: now },
    });
    if (this.#sessions.size > MAX_SESSIONS) {
      const [oldest] = [...this.#sessions.values()].sort((a, b) => a.lastUsedAt - b.lastUsedAt);
      await this.end(oldest!.id).catch(() => undefined);
    }
    return token;
  }

  /** @returns the sign-in's id while it lasts; counts as use */
  find(token: string): string | undefined {
    const session = this.#sessions.get(idOf(token));
    if (!session) return undefined;
    const now = this.#now();
    if (!this.#lasts(session, now)) {
      void this.end(session.id).catch(() => undefined);
      return undefined;
    }
    session.lastUsedAt = now;
    if (now - session.lastWrittenAt > USE_WRITE_MS) {
      session.lastWrittenAt = now;
      // Losing one costs an earlier sign-out at most.
      void this.#store
        .run('UPDATE admin_sessions SET last_used_at = ? WHERE token_hash = ?', [now, session.id])
        .catch(() => undefined);
    }
    return session.id;
  }

  /** Whether a sign-in still lasts, without counting as use: an open page that nobody looks at is no use. */
  lasts(id: string): boolean {
    const session = this.#sessions.get(id);
    return session !== undefined && this.#lasts(session, this.#now());
  }

  /** The one used last first. */
  list(): readonly SignIn[] {
    const now = this.#now();
    return [...this.#sessions.values()]
      .filter((session) => this.#lasts(session, now))
      .sort((a, b) => b.lastUsedAt - a.lastUsedAt);
  }

  /** The password was given on this sign-in. */
  proved(id: string): void {
    const session = this.#sessions.get(id);
    if (session) session.provedAt = this.#now();
  }

  /** @returns until when the last proof counts; undefined: it does not */
  provedUntil(id: string): number | undefined {
    const at = this.#sessions.get(id)?.provedAt;
    if (at === undefined) return undefined;
    const age = this.#now() - at;
    // A clock that was set back must not make it last longer.
    return age >= 0 && age < PROOF_MS ? at + PROOF_MS : undefined;
  }

  async end(id: string): Promise<void> {
    if (this.#sessions.delete(id)) this.emit('ended', id);
    await this.#store.run('DELETE FROM admin_sessions WHERE token_hash = ?', [id]);
  }

  /** @param except the one that stays */
  async endAll(except?: string): Promise<void> {
    // All of them at once: none goes on while the disk writes down another's end.
    const ids = [...this.#sessions.keys()].filter((id) => id !== except);
    await Promise.all(ids.map((id) => this.end(id)));
  }

  #lasts(session: Session, now: number): boolean {
    return now < session.expiresAt && now - session.lastUsedAt < IDLE_MS;
  }
}

function idOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
