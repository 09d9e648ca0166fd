import { createHash, randomBytes } from 'node:crypto';

/** A link is good for so long: enough for a browser to start and for its warning about the certificate. */
export const LINK_LIFETIME_MS = 60_000;
/** An owner who opens the admin again and again. The oldest goes. */
const MAX_LINKS = 4;
/** What became of a link is told for a while after its end. */
const REMEMBERED_MS = 10 * 60_000;

export type LinkState = 'waiting' | 'used' | 'over';

/** A link that was just made. */
export interface MadeLink {
  /** SHA-256 of the token, 64 hexadecimal digits: what may be asked about afterwards */
  readonly id: string;
  /** 256 random bits in base64url */
  readonly token: string;
}

/**
 * Sign-ins that the owner asked for on the machine itself (`earthshine open`). A link is accepted once and within a minute;
 * here lies only the SHA-256 of its token.
 */
export class OneTimeLinks {
  readonly #now: () => number;
  /** by id, the oldest first; the time of making, and whether it was used */
  readonly #links = new Map<string, { readonly at: number; used: boolean }>();

  /** @param now milliseconds, only ever growing */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  make(): MadeLink {
    const now = this.#now();
    for (const [id, { at }] of this.#links) {
      if (now - at > REMEMBERED_MS || this.#links.size >= MAX_LINKS) this.#links.delete(id);
    }
    const token = randomBytes(32).toString('base64url');
    const id = idOf(token);
    this.#links.set(id, { at: now, used: false });
    return { id, token };
  }

  /** Whether the link waits; it is not used up by that. */
  isWaiting(token: string): boolean {
    return this.state(idOf(token)) === 'waiting';
  }

  /** @returns true once, for a link that waits */
  use(token: string): boolean {
    if (!this.isWaiting(token)) return false;
    this.#links.get(idOf(token))!.used = true;
    return true;
  }

  state(id: string): LinkState {
    const link = this.#links.get(id);
    if (link?.used) return 'used';
    return link !== undefined && this.#now() - link.at < LINK_LIFETIME_MS ? 'waiting' : 'over';
  }
}

/** Whoever guesses learns nothing from how long it takes to look up a hash. */
function idOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
