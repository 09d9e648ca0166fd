import { mulberry32 } from '../../../server/test/mulberry32.ts';

/** What a network between host and client does to what the host sends; percentages are of all packets. */
export interface LinkModel {
  /** repeats the same decisions */
  readonly seed?: number;
  /** lost, in bursts of so many in a row (1 by default) */
  readonly loss?: number;
  readonly burst?: number;
  readonly duplicate?: number;
  /** comes after the three packets that follow it */
  readonly reorder?: number;
  /** nothing passes for so many milliseconds, once every ten seconds */
  readonly blackout?: number;
  /** kbit/s of payload; absent: as fast as it comes */
  readonly rate?: number;
  /** milliseconds of packets that may wait for the rate; more are lost */
  readonly queue?: number;
  /** milliseconds each way */
  readonly delay?: number;
}

/** What becomes of one packet. */
export interface Passage {
  readonly copies: 0 | 1 | 2;
  readonly late: boolean;
  /** milliseconds from its arrival to its departure */
  readonly wait: number;
}

export interface LinkCounters {
  passed: number;
  lost: number;
  /** of the lost: the queue was full */
  overflowed: number;
  duplicated: number;
  reordered: number;
}

const BLACKOUT_EVERY = 10_000;
const LOST: Passage = { copies: 0, late: false, wait: 0 };

/** Decides for each packet in turn. Knows nothing of sockets. */
export class LinkDecisions {
  readonly counters: LinkCounters = {
    passed: 0,
    lost: 0,
    overflowed: 0,
    duplicated: 0,
    reordered: 0,
  };
  readonly #model: LinkModel;
  readonly #burst: number;
  readonly #startChance: number;
  readonly #random: () => number;
  #burstLeft = 0;
  #first: number | undefined;
  #busyUntil = 0;
  #darkUntil = -Infinity;

  constructor(model: LinkModel) {
    this.#model = model;
    this.#random = mulberry32(model.seed ?? 1);
    this.#burst = model.burst ?? 1;
    const share = (model.loss ?? 0) / 100;
    // A burst of b starts with chance p per packet outside of bursts, so that b·p / (1 − p + b·p) is the share.
    this.#startChance = share / (this.#burst * (1 - share) + share);
  }

  /** @param bytes of payload @param now milliseconds */
  next(bytes: number, now: number): Passage {
    this.#first ??= now;
    if (this.#dark(now) || this.#drops()) {
      this.counters.lost++;
      return LOST;
    }
    const wait = this.#queued(bytes, now);
    if (wait === undefined) {
      this.counters.lost++;
      this.counters.overflowed++;
      return LOST;
    }
    const twice = this.#random() * 100 < (this.#model.duplicate ?? 0);
    const late = this.#random() * 100 < (this.#model.reorder ?? 0);
    this.counters.passed++;
    if (twice) this.counters.duplicated++;
    if (late) this.counters.reordered++;
    return { copies: twice ? 2 : 1, late, wait: wait + (this.#model.delay ?? 0) };
  }

  /** Loses everything until then. @param until on the clock of {@link next} */
  darken(until: number): void {
    this.#darkUntil = until;
  }

  #dark(now: number): boolean {
    if (now < this.#darkUntil) return true;
    const { blackout } = this.#model;
    if (!blackout) return false;
    // In the middle of each ten seconds: a stream's start is not what is looked at.
    const phase = (now - this.#first!) % BLACKOUT_EVERY;
    return phase >= BLACKOUT_EVERY / 2 && phase < BLACKOUT_EVERY / 2 + blackout;
  }

  #drops(): boolean {
    if (this.#burstLeft === 0 && this.#random() < this.#startChance) this.#burstLeft = this.#burst;
    if (this.#burstLeft === 0) return false;
    this.#burstLeft--;
    return true;
  }

  /** @returns undefined when the queue is full */
  #queued(bytes: number, now: number): number | undefined {
    const { rate, queue = 0 } = this.#model;
    if (rate === undefined) return 0;
    const begins = Math.max(now, this.#busyUntil);
    if (begins - now > queue) return undefined;
    this.#busyUntil = begins + (bytes * 8) / rate;
    return this.#busyUntil - now;
  }
}
