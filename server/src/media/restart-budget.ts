/** How often a media process may be replaced before its picture counts as broken. */
const LIMIT = 5;
/** milliseconds */
const WINDOW = 30_000;
/** The first replacement comes at once: a frozen picture is what the person sees. */
const DELAYS = [0, 50, 250, 500, 1000] as const;

/** Replacements of one picture's process, spaced out when they follow each other closely. */
export class RestartBudget {
  #times: number[] = [];

  /**
   * @param now milliseconds of a clock that does not jump
   * @returns milliseconds to wait before the next start; `undefined` when there were too many
   */
  take(now: number): number | undefined {
    this.#times = this.#times.filter((time) => now - time < WINDOW);
    if (this.#times.length >= LIMIT) return undefined;
    this.#times.push(now);
    return DELAYS[this.#times.length - 1]!;
  }
}
