/** How often a media process may be replaced before its picture counts as broken. */
const LIMIT = 5;
/** milliseconds */
const WINDOW = 30_000;
/** A process that served so long is replaced at once: a frozen picture is what the person sees. */
const GOOD_LIFE = 1_000;
/** milliseconds before the next start, by how many died sooner than that in a row */
const DELAYS = [0, 50, 250, 500, 1000] as const;

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
    if (this.#times.length >= LIMIT) return undefined;
    this.#times.push(now);
    this.#shortLives = served >= GOOD_LIFE ? 0 : this.#shortLives + 1;
    return DELAYS[Math.min(Math.max(this.#shortLives - 1, 0), DELAYS.length - 1)]!;
  }
}
