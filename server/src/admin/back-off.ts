import { shareOf } from '../network/address.ts';

/** So many failures cost nothing, then the wait doubles with each. */
interface Rule {
  readonly free: number;
  readonly longest: number;
}

const EACH: Rule = { free: 3, longest: 15 * 60_000 };
/** Shorter, because a stranger's failures must not shut the owner out for long. */
const OVERALL: Rule = { free: 20, longest: 30_000 };
const FIRST_WAIT_MS = 1000;
/** Failures are forgotten after an hour without another. */
const MEMORY_MS = 3_600_000;
/** Beyond this the one that failed longest ago is forgotten: the overall rule still holds. */
const MAX_KEPT = 1024;

/** Who tries. */
export interface Applicant {
  readonly address: string;
  /** its name, where it has signed in before (known-browser.ts) */
  readonly browser?: string | undefined;
}

interface Failures {
  count: number;
  last: number;
}

/**
 * Holds back who guesses: each address by itself (`shareOf`), and everybody together. A browser that has signed in
 * before is counted by itself alone, so that nobody else's tries make it wait.
 */
export class BackOff {
  readonly #now: () => number;
  readonly #applicants = new Map<string, Failures>();
  #overall: Failures = { count: 0, last: 0 };

  /** @param now milliseconds, only ever growing */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns milliseconds until another try of this applicant is looked at; 0: now */
  wait(applicant: Applicant): number {
    const own = this.#applicants.get(keyOf(applicant));
    const rest = own ? this.#rest(own, EACH) : 0;
    if (applicant.browser !== undefined) return rest;
    return Math.max(rest, this.#rest(this.#overall, OVERALL));
  }

  failed(applicant: Applicant): void {
    const key = keyOf(applicant);
    const own = this.#applicants.get(key) ?? { count: 0, last: 0 };
    this.#count(own);
    // Put last, so that the first entry is the oldest.
    this.#applicants.delete(key);
    this.#applicants.set(key, own);
    if (this.#applicants.size > MAX_KEPT) {
      const [oldest] = this.#applicants.keys();
      this.#applicants.delete(oldest!);
    }
    if (applicant.browser === undefined) this.#count(this.#overall);
  }

  /** The applicant has proved itself. The overall count stays: others may still be guessing. */
  succeeded(applicant: Applicant): void {
    this.#applicants.delete(keyOf(applicant));
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

function keyOf({ address, browser }: Applicant): string {
  return browser === undefined ? shareOf(address) : `browser ${browser}`;
}
