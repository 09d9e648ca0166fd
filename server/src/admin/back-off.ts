import net from 'node:net';

import { normalizeAddress } from '../network/address.ts';

/** So many failures cost nothing, then the wait doubles with each. */
interface Rule {
  readonly free: number;
  readonly longest: number;
}

const PER_ADDRESS: Rule = { free: 3, longest: 15 * 60_000 };
/** Shorter, because a stranger's failures must not shut the owner out for long. */
const OVERALL: Rule = { free: 20, longest: 30_000 };
const FIRST_WAIT_MS = 1000;
/** Failures are forgotten after an hour without another. */
const MEMORY_MS = 3_600_000;
/** Beyond this the oldest address is forgotten: the overall rule still holds. */
const MAX_ADDRESSES = 1024;

interface Failures {
  count: number;
  last: number;
}

/** Holds back who guesses: each address by itself (IPv6: its /64), and everybody together. */
export class BackOff {
  readonly #now: () => number;
  readonly #addresses = new Map<string, Failures>();
  #overall: Failures = { count: 0, last: 0 };

  /** @param now milliseconds, only ever growing */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns milliseconds until another try from this address is looked at; 0: now */
  wait(address: string): number {
    const own = this.#addresses.get(network(address));
    return Math.max(own ? this.#rest(own, PER_ADDRESS) : 0, this.#rest(this.#overall, OVERALL));
  }

  failed(address: string): void {
    const key = network(address);
    const own = this.#addresses.get(key) ?? { count: 0, last: 0 };
    this.#count(own);
    // Put last, so that the first entry is the oldest.
    this.#addresses.delete(key);
    this.#addresses.set(key, own);
    if (this.#addresses.size > MAX_ADDRESSES) {
      const [oldest] = this.#addresses.keys();
      this.#addresses.delete(oldest!);
    }
    this.#count(this.#overall);
  }

  /** The address has proved itself. The overall count stays: others may still be guessing. */
  succeeded(address: string): void {
    this.#addresses.delete(network(address));
  }

  #count(failures: Failures): void {
    const now = this.#now();
    if (now - failures.last > MEMORY_MS) failures.count = 0;
    failures.count++;
    failures.last = now;
  }

  #rest(failures: Failures, rule: Rule): number {
    const age = this.#now() - failures.last;
    const beyond = failures.count - rule.free;
    if (beyond < 0 || age > MEMORY_MS) return 0;
    return Math.max(0, Math.min(rule.longest, FIRST_WAIT_MS * 2 ** Math.min(beyond, 20)) - age);
  }
}

/** A guesser with IPv6 has a whole /64 of addresses. */
function network(address: string): string {
  const plain = normalizeAddress(address).replace(/%.*$/, '');
  if (net.isIP(plain) !== 6) return plain;
  const [head = '', tail] = plain.split('::');
  const first = head.split(':').filter((group) => group !== '');
  const last = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last].map((group) =>
    Number.parseInt(group, 16).toString(16),
  );
  return `${groups.slice(0, 4).join(':')}::/64`;
}
