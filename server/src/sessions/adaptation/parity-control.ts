import type { DamagedBlock } from './loss-estimate.ts';
import type { BlockShape, Parity, Runs } from './residual-loss.ts';
import { LEAST_PARITY, MOST_PARITY, neededParity } from './residual-loss.ts';

/** milliseconds between two raises, so that the first one shows in the reports */
const RAISE_PAUSE = 150;
/** what was needed is remembered so long, in pieces of `PIECE` */
const MEMORY = 60_000;
const PIECE = 5_000;
/** milliseconds without any loss until parity sinks, a little at a time */
const CALM = 30_000;
const SINK_PAUSE = 4_000;
const SINK = 2;
/** A raise goes a little beyond, or the next report would ask for the next one. */
const MARGIN = 1.05;

/** How much parity a stream carries: up at once, down slowly, and never below what was needed a minute ago. */
export class ParityControl {
  readonly #most: number;
  /** packets of a block, as the client wishes */
  readonly #initialLeast: number;
  #parity: Parity;
  /** what was in force before the losses that raised it */
  #before: Parity;
  #raisedAt = -Infinity;
  /** from when on the needs are known */
  #since: number;
  #changedAt: number;
  #lossAt: number;
  #needs: { readonly piece: number; need: Parity }[] = [];

  /**
   * @param initial as the owner configured it, with the client's least
   * @param most per cent; 0: none, ever
   */
  constructor(initial: Parity, now: number, most = MOST_PARITY) {
    this.#most = most;
    this.#initialLeast = initial.least;
    this.#parity = initial;
    this.#before = initial;
    this.#changedAt = now;
    this.#lossAt = now;
    this.#since = now;
  }

  get parity(): Parity {
    return this.#parity;
  }

  /** when it was raised last; frames lost soon after were sent with less */
  get raisedAt(): number {
    return this.#raisedAt;
  }

  /** A block lost packets: so much parity would have saved it, if parity can. */
  damaged(block: DamagedBlock, shape: BlockShape, now: number): void {
    this.#lossAt = now;
    if (block.lost <= shape.leastParity) return;
    const percentage = Math.ceil((100 * block.lost) / block.data);
    // What no parity saves, a blackout, is no reason for more.
    if (percentage <= MOST_PARITY) this.#remember({ percentage, least: 0 }, now);
  }

  /** @returns whether it has changed for this loss */
  raise(loss: number, runs: Runs, shape: BlockShape, now: number): boolean {
    if (loss <= 0) return false;
    const needed = neededParity(shape, loss, runs);
    this.#remember(needed, now);
    if (this.#most === 0) return false;
    const { percentage, least } = this.#parity;
    const isEnough = needed.percentage <= percentage && needed.least <= least;
    if (isEnough || now - this.#raisedAt < RAISE_PAUSE) return false;
    if (now - this.#raisedAt > MEMORY) this.#before = this.#parity;
    this.#parity = {
      percentage:
        needed.percentage <= percentage
          ? percentage
          : Math.min(this.#most, Math.ceil(needed.percentage * MARGIN)),
      least: Math.max(needed.least, least),
    };
    this.#raisedAt = now;
    this.#changedAt = now;
    return true;
  }

  /** @returns whether it has changed */
  sink(now: number): boolean {
    if (now - this.#lossAt < CALM && !this.#isAboveNeed(now)) return false;
    if (now - this.#changedAt < SINK_PAUSE) return false;
    const floor = this.#floor(now);
    const { percentage, least } = this.#parity;
    if (percentage <= floor.percentage && least <= floor.least) return false;
    this.#parity = {
      percentage: Math.min(percentage, Math.max(percentage - SINK, floor.percentage)),
      least: Math.min(least, Math.max(least - 1, floor.least)),
    };
    this.#changedAt = now;
    return true;
  }

  /** The losses came from a full link: parity against them was a mistake. */
  takeBack(now: number): void {
    this.#parity = each(Math.min, this.#parity, this.#before);
    this.#needs = [];
    this.#changedAt = now;
    this.#raisedAt = -Infinity;
  }

  /** Another path, or switched on again. */
  restart(percentage: number, now: number): void {
    this.#parity = { percentage, least: this.#initialLeast };
    this.#before = this.#parity;
    this.#needs = [];
    this.#raisedAt = -Infinity;
    this.#changedAt = now;
    this.#lossAt = now;
    this.#since = now;
  }

  // Loss goes on, but for a minute less parity would have done.
  #isAboveNeed(now: number): boolean {
    const known = now - Math.max(this.#raisedAt, this.#since);
    const floor = this.#floor(now);
    const { percentage, least } = this.#parity;
    return known > MEMORY && (percentage > floor.percentage * MARGIN || least > floor.least);
  }

  #floor(now: number): Parity {
    const oldest = Math.floor((now - MEMORY) / PIECE);
    this.#needs = this.#needs.filter(({ piece }) => piece >= oldest);
    const nothing = { percentage: LEAST_PARITY, least: this.#initialLeast };
    return this.#needs.reduce((most, { need }) => each(Math.max, most, need), nothing);
  }

  #remember(need: Parity, now: number): void {
    const piece = Math.floor(now / PIECE);
    const last = this.#needs.at(-1);
    if (last?.piece === piece) last.need = each(Math.max, last.need, need);
    else this.#needs.push({ piece, need });
  }
}

function each(choose: (a: number, b: number) => number, one: Parity, other: Parity): Parity {
  return {
    percentage: choose(one.percentage, other.percentage),
    least: choose(one.least, other.least),
  };
}
