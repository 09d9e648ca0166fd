import { ApiError } from '../api/client.ts';

/** One thing a person asked for: whether it runs, and what went wrong the last time. */
export class Action {
  busy = $state(false);
  /** seconds until the host looks at another try; 0: now */
  rest = $state(0);
  #sentence = $state<string | undefined>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** What went wrong, as a sentence for the person. */
  get complaint(): string | undefined {
    return this.#sentence && this.rest > 0
      ? `${this.#sentence} Try again in ${this.rest} s.`
      : this.#sentence;
  }

  complain(sentence: string | undefined): void {
    clearInterval(this.#timer);
    this.rest = 0;
    this.#sentence = sentence;
  }

  /** @returns whether it succeeded; a second call while one runs does nothing */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.complain(undefined);
    try {
      await work();
      return true;
    } catch (error) {
      this.complain(error instanceof Error ? error.message : String(error));
      if (error instanceof ApiError && error.retryAfter) this.#wait(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** The sentence counts down, and goes when the time is over. */
  #wait({ code, retryAfter = 0 }: ApiError): void {
    if (code === 'too-many-attempts') this.#sentence = 'Too many wrong tries.';
    this.rest = Math.ceil(retryAfter);
    this.#timer = setInterval(() => {
      this.rest--;
      if (this.rest <= 0) this.complain(undefined);
    }, 1000);
  }
}
