import type { RateSigns } from './rate-signs.ts';

/** A trial goes up by this much, where nothing says how far. */
const STEP = 1.5;
/** milliseconds with trouble and without a cut until the first trial; twice as long after each that failed, at most */
const FIRST_WAIT = 5_000;
/** and at least so long on a link that was found full once: there the trouble may be the link's still */
const FULL_WAIT = 30_000;
const LONGEST_WAIT = 160_000;
/** milliseconds of a trial, and the least until it may be given up */
const TRIAL = 1_500;
const LEAST_TRIAL = 400;
/** Frames are lost in so many tenths of a trial's second and a half: less would be watched. */
const UNWATCHABLE_TENTHS = 8;

/** Whether more would lose more, for a stream that never gets calm: no network is clean enough to wait for. */
export class UpwardTrial {
  #running:
    | {
        readonly from: number;
        readonly loss: number;
        readonly full: number;
        readonly began: number;
      }
    | undefined;
  #wait = FIRST_WAIT;
  #endedAt = -Infinity;

  get running(): boolean {
    return this.#running !== undefined;
  }

  /** Another path, or a lower rate: what was tried says nothing. */
  forget(): void {
    this.#running = undefined;
    this.#wait = FIRST_WAIT;
    this.#endedAt = -Infinity;
  }

  /**
   * @param since when the rate was cut last
   * @param foundFull a cut has helped before
   */
  isDue(since: number, foundFull: boolean, { now, roundTripRisen, late }: RateSigns): boolean {
    const wait = foundFull ? Math.max(this.#wait, FULL_WAIT) : this.#wait;
    return !roundTripRisen && !late && now - Math.max(since, this.#endedAt) >= wait;
  }

  /** @returns what is tried next, kbit/s */
  step(from: number, top: number): number {
    return Math.min(top, Math.ceil(from * STEP));
  }

  /**
   * @param from the present rate, kbit/s
   * @param to the rate to try
   * @param began from when on reports tell of it
   */
  begin(from: number, to: number, { recent }: RateSigns, began: number): void {
    this.#running = { from, loss: recent.loss, full: 1 - ((1 - recent.loss) * from) / to, began };
  }

  /** @returns the rate to go back to, kbit/s, `true` when the new one stays, undefined when it is too early */
  verdict(signs: RateSigns): number | true | undefined {
    const trial = this.#running;
    const elapsed = trial ? signs.now - trial.began : 0;
    if (!trial || elapsed < LEAST_TRIAL) return undefined;
    const much = (trial.loss + trial.full) / 2;
    const lostMore = signs.now500.sure > much || signs.roundTripRisen;
    if (!lostMore && elapsed < TRIAL) return undefined;
    this.#running = undefined;
    this.#endedAt = signs.now;
    if (lostMore || signs.recent.loss > much || signs.troubled >= UNWATCHABLE_TENTHS) {
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
      return trial.from;
    }
    this.#wait = FIRST_WAIT / 5;
    return true;
  }
}
