import type { DamagedBlock } from './loss-estimate.ts';
import type { BlockShape } from './residual-loss.ts';
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
  #percentage: number;
  /** what was in force before the losses that raised it */
  #before: number;
  #raisedAt = -Infinity;
  /** from when on the needs are known */
  #since: number;
  #changedAt: number;
  #lossAt: number;
  #needs: { readonly piece: number; need: number }[] = [];

  /**
   * @param initial as the owner configured it
   * @param most per cent; 0: none, ever
   */
  constructor(initial: number, now: number, most = MOST_PARITY) {
    this.#most = most;
    this.#percentage = initial;
    this.#before = initial;
    this.#changedAt = now;
    this.#lossAt = now;
    this.#since = now;
  }

  get percentage(): number {
    return this.#percentage;
  }

  /** when it was raised last; frames lost soon after were sent with less */
  get raisedAt(): number {
    return this.#raisedAt;
  }

  /** A block lost packets: so much parity would have saved it, if parity can. */
  damaged(block: DamagedBlock, shape: BlockShape, now: number): void {
    this.#lossAt = now;
    if (block.lost <= shape.leastParity) return;
    const need = Math.ceil((100 * block.lost) / block.data);
    // What no parity saves, a blackout, is no reason for more.
    if (need <= MOST_PARITY) this.#remember(need, now);
  }

  /** @returns whether it has changed for this loss */
  raise(loss: number, burst: number, shape: BlockShape, now: number): boolean {
    if (loss <= 0) return false;
    const needed = neededParity(shape, loss, burst);
    this.#remember(needed, now);
    const enough = Math.min(needed, this.#most);
    if (enough <= this.#percentage || now - this.#raisedAt < RAISE_PAUSE) return false;
    if (now - this.#raisedAt > MEMORY) this.#before = this.#percentage;
    this.#percentage = Math.min(this.#most, Math.ceil(needed * MARGIN));
    this.#raisedAt = now;
    this.#changedAt = now;
    return true;
  }

  /** @returns whether it has changed */
  sink(now: number): boolean {
    if (now - this.#lossAt < CALM && !this.#isAboveNeed(now)) return false;
    if (now - this.#changedAt < SINK_PAUSE || this.#percentage <= this.#floor(now)) return false;
    this.#percentage = Math.max(this.#percentage - SINK, this.#floor(now));
    this.#changedAt = now;
    return true;
  }

  /** The losses came from a full link: parity against them was a mistake. */
  takeBack(now: number): void {
    this.#percentage = Math.min(this.#percentage, this.#before);
    this.#needs = [];
    this.#changedAt = now;
    this.#raisedAt = -Infinity;
  }

  /** Another path, or switched on again. */
  restart(percentage: number, now: number): void {
    this.#percentage = percentage;
    this.#before = percentage;
    this.#needs = [];
    this.#raisedAt = -Infinity;
    this.#changedAt = now;
    this.#lossAt = now;
    this.#since = now;
  }

  // Loss goes on, but for a minute less parity would have done.
  #isAboveNeed(now: number): boolean {
    const known = now - Math.max(this.#raisedAt, this.#since);
    return known > MEMORY && this.#percentage > this.#floor(now) * MARGIN;
  }

  #floor(now: number): number {
    const oldest = Math.floor((now - MEMORY) / PIECE);
    this.#needs = this.#needs.filter(({ piece }) => piece >= oldest);
    return this.#needs.reduce((most, { need }) => Math.max(most, need), LEAST_PARITY);
  }

  #remember(need: number, now: number): void {
    const piece = Math.floor(now / PIECE);
    const last = this.#needs.at(-1);
    if (last?.piece === piece) last.need = Math.max(last.need, need);
    else this.#needs.push({ piece, need });
  }
}
