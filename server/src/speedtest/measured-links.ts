import type { LinkLimit } from '../gamestream/link-limit.ts';

/** A fifth stays free for everything else on the link, as by default of `--link-kbps`. */
const SHARE = 0.8;
/** Networks change: after a day what was measured says nothing any more. Milliseconds */
const VALID = 24 * 3_600_000;
/** Beyond this the one measured longest ago is forgotten. */
const MOST_ADDRESSES = 64;

interface Measurement {
  readonly kbps: number;
  readonly at: number;
}

/**
 * What speed tests have found, by the address from which they ran: whoever runs one has a certificate of its own, so
 * that the address is all that it shares with the device that streams. Kept in memory only.
 */
export class MeasuredLinks {
  readonly #now: () => number;
  readonly #measured = new Map<string, Measurement>();

  /** @param now milliseconds, only ever growing */
  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * @param address numeric, never v4-mapped
   * @param kbps held without loss, of UDP payload
   */
  note(address: string, kbps: number): void {
    // Put last, so that the first entry is the oldest.
    this.#measured.delete(address);
    this.#measured.set(address, { kbps, at: this.#now() });
    if (this.#measured.size > MOST_ADDRESSES) {
      const [oldest] = this.#measured.keys();
      this.#measured.delete(oldest!);
    }
  }

  forget(address: string): void {
    this.#measured.delete(address);
  }

  /** @returns what a stream to this address may take, kbit/s; undefined when nothing is known */
  linkKbps(address: string): number | undefined {
    const measured = this.#measured.get(address);
    if (!measured) return undefined;
    if (this.#now() - measured.at < VALID) return Math.floor(measured.kbps * SHARE);
    this.#measured.delete(address);
    return undefined;
  }

  /** The lower one of what the owner set and what was measured. */
  limit(address: string, setKbps: number): LinkLimit {
    const kbps = this.linkKbps(address) ?? Infinity;
    return kbps < setKbps ? { kbps, from: 'measured' } : { kbps: setKbps, from: 'set' };
  }
}
