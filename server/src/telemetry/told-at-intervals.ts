/** milliseconds, and lines that are written within them */
const INTERVAL = 10_000;
const LINES = 5;

/**
 * Log lines of one kind that a stranger can cause: the first few of each ten seconds are written, the rest is counted
 * and told at the end of them, so that nobody can fill the disk or hide something else among them.
 */
export class ToldAtIntervals {
  readonly #summary: (more: number) => void;
  #written = 0;
  #more = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param summary writes how many more there were in the last ten seconds */
  constructor(summary: (more: number) => void) {
    this.#summary = summary;
  }

  tell(write: () => void): void {
    if (!this.#timer) this.#timer = setTimeout(() => this.#end(), INTERVAL).unref();
    if (this.#written >= LINES) {
      this.#more += 1;
      return;
    }
    this.#written += 1;
    write();
  }

  #end(): void {
    this.#timer = undefined;
    this.#written = 0;
    const more = this.#more;
    this.#more = 0;
    if (more > 0) this.#summary(more);
  }
}
