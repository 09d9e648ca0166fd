/** So many crashes within a minute end the picture; those before are answered by a new process. */
const CRASHES = 3;
/** milliseconds */
const WINDOW = 60_000;
/** A process that served so long is replaced at once: a frozen picture is what the person sees. */
const GOOD_LIFE = 1_000;
/** milliseconds before the next start when more than one in a row died sooner than that */
const DELAY = 250;

/** Replacements of one picture's process, spaced out when it dies as soon as it starts. */
export class RestartBudget {
  #times: number[] = [];
  #shortLives = 0;

  /**
   * @param now milliseconds of a clock that does not jump
   * @param served milliseconds that the dead process had its picture, 0 when never
   * @returns milliseconds to wait before the next start; `undefined` when there were too many
   */
  take(now: number, served: number): number | undefined {
    this.#times = this.#times.filter((time) => now - time < WINDOW);
    this.#times.push(now);
    if (this.#times.length >= CRASHES) return undefined;
    this.#shortLives = served >= GOOD_LIFE ? 0 : this.#shortLives + 1;
    return this.#shortLives > 1 ? DELAY : 0;
  }
}
