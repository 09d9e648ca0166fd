/** What was seen of one rate so far. */
export interface RateObservation {
  /** asked for, kbit/s */
  readonly kbps: number;
  /** arrived, kbit/s */
  readonly receivedKbps: number;
  /** 0…1 of the packets */
  readonly loss: number;
  /** how much longer packets are on the way than on the empty link, milliseconds */
  readonly queue: number;
}

/** What to do next. `settle` rates are not judged: they let a queue run dry that the rate before has filled. */
export interface RateOrder {
  readonly kind: 'try' | 'settle' | 'hold';
  readonly kbps: number;
}

/** One packet in a thousand: video with little parity does not notice. */
export const CLEAN_LOSS = 0.001;
/** A link that is full and has buffers shows it by delay before it loses anything. Milliseconds */
export const CLEAN_QUEUE = 20;
/** What a host that is asked for more than it can send delivers. */
const CLEAN_SHARE = 0.95;
const START_KBPS = 25_000;
const LEAST_KBPS = 1000;
/** Close enough: two rates that differ by less are the same to a stream. */
const CLOSE = 1.15;
const MAX_TRIES_BETWEEN = 3;

/** Whether a stream at this rate would run well. */
export function isClean({ kbps, receivedKbps, loss, queue }: RateObservation): boolean {
  return loss <= CLEAN_LOSS && queue <= CLEAN_QUEUE && receivedKbps >= kbps * CLEAN_SHARE;
}

/**
 * Finds the highest rate that a link carries without loss: doubles until it does not, then goes between, then holds
 * what it found, and gives way should that turn out to be too much. The search is a state machine without a clock.
 */
export class RateLadder {
  readonly #limit: number;
  #order: RateOrder;
  /** the highest clean rate and the lowest that was not */
  #clean = 0;
  #dirty: number | undefined;
  #between = 0;

  /** @param limit kbit/s, no rate above is tried */
  constructor(limit: number) {
    this.#limit = limit;
    this.#order = { kind: 'try', kbps: Math.min(START_KBPS, limit) };
  }

  get order(): RateOrder {
    return this.#order;
  }

  /** The highest rate found clean so far; 0: none yet. */
  get cleanKbps(): number {
    return this.#clean;
  }

  /** What was seen of the present order. */
  next(observation: RateObservation): RateOrder {
    const { kind, kbps } = this.#order;
    const clean = isClean(observation);
    if (kind === 'settle') this.#order = this.#choose();
    else if (kind === 'hold') this.#order = this.#keep(clean, kbps);
    else if (clean) {
      this.#clean = Math.max(this.#clean, kbps);
      this.#order = this.#choose();
    } else {
      this.#dirty = Math.min(this.#dirty ?? Infinity, kbps);
      this.#order = { kind: 'settle', kbps: Math.max(LEAST_KBPS, Math.round(this.#clean / 4)) };
    }
    return this.#order;
  }

  /** The time for searching is over. */
  hold(): RateOrder {
    if (this.#order.kind !== 'hold') {
      this.#order = { kind: 'hold', kbps: this.#clean || LEAST_KBPS };
    }
    return this.#order;
  }

  #choose(): RateOrder {
    if (this.#dirty === undefined) {
      return this.#clean >= this.#limit
        ? this.hold()
        : { kind: 'try', kbps: Math.min(this.#clean * 2, this.#limit) };
    }
    if (this.#clean === 0) {
      const lower = Math.round(this.#dirty / 2);
      return lower < LEAST_KBPS ? this.hold() : { kind: 'try', kbps: lower };
    }
    if (this.#between >= MAX_TRIES_BETWEEN || this.#dirty / this.#clean <= CLOSE) {
      return this.hold();
    }
    this.#between++;
    return { kind: 'try', kbps: Math.round(Math.sqrt(this.#clean * this.#dirty)) };
  }

  #keep(clean: boolean, kbps: number): RateOrder {
    if (clean || kbps <= LEAST_KBPS) return this.#order;
    this.#clean = Math.max(LEAST_KBPS, Math.round(kbps * 0.85));
    return { kind: 'hold', kbps: this.#clean };
  }
}
