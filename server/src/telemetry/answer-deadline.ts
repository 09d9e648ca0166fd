/** How often a deadline looks whether it was this thread that stood still: so many times within its limit. */
const LOOKS = 8;

/**
 * A time limit on somebody else's answer. It is judged only after what has arrived was read, and time in which this
 * thread stood still is not counted: answers that came meanwhile wait in the kernel, and timers run before they are
 * read.
 */
export class AnswerDeadline {
  readonly #missed: () => void;
  #limit = 0;
  #silent = 0;
  #lookedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  /** a judgement under way is void when it was heard of meanwhile */
  #generation = 0;

  /** @param missed called once, unless the deadline is set again */
  constructor(missed: () => void) {
    this.#missed = missed;
  }

  /** Something was heard, or is expected from now on: the whole limit begins anew. */
  set(limit: number): void {
    this.#generation += 1;
    this.#silent = 0;
    this.#lookedAt = performance.now();
    clearInterval(this.#timer);
    this.#limit = limit;
    this.#timer = setInterval(() => this.#look(), limit / LOOKS);
    this.#timer.unref();
  }

  /** set, and neither missed nor cleared */
  get running(): boolean {
    return this.#timer !== undefined;
  }

  /** May be called twice. */
  clear(): void {
    this.#generation += 1;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = performance.now();
    // A look that comes much too late tells of a stall here, not of silence there.
    this.#silent += Math.min(now - this.#lookedAt, (this.#limit / LOOKS) * 1.5);
    this.#lookedAt = now;
    if (this.#silent < this.#limit) return;
    const generation = this.#generation;
    const judge = (): void => {
      if (generation !== this.#generation) return;
      this.clear();
      this.#missed();
    };
    // Each turn of the loop reads; one reads only a part where much has come.
    setImmediate(() => setImmediate(judge));
  }
}
