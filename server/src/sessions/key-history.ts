import crypto from 'node:crypto';

/**
 * The keys that launches and resumes have brought since the host started. Counters and nonces start anew
 * with a key, so a key must never come twice (security: encryption). Digests are kept, not keys.
 */
export class KeyHistory {
  readonly #seen = new Set<string>();

  /** @returns false when the key was used before */
  use(key: Uint8Array): boolean {
    const digest = crypto.createHash('sha256').update(key).digest('base64');
    if (this.#seen.has(digest)) return false;
    this.#seen.add(digest);
    return true;
  }
}
