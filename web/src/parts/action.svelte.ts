import { untrack } from 'svelte';

import { ApiError } from '../api/client.ts';
import { errorSentence, problemSentence } from '../api/error-sentence.ts';
import { t } from '../i18n/i18n.svelte.ts';

/** One thing a person asked for: whether it runs, and what went wrong the last time. */
export class Action {
  busy = $state(false);
  /** seconds until the host looks at another try; 0: now */
  rest = $state(0);
  #failed = $state.raw<unknown>();
  #timer: ReturnType<typeof setInterval> | undefined;

  /** What went wrong, as a sentence for the person. */
  get complaint(): string | undefined {
    if (this.#failed === undefined) return undefined;
    const sentence = errorSentence(this.#failed);
    return this.rest > 0 ? t('error.wait', { sentence, seconds: this.rest }) : sentence;
  }

  /** The code of the API's error that went wrong. */
  get code(): string | undefined {
    return this.#failed instanceof ApiError ? this.#failed.code : undefined;
  }

  /** Which case of it. */
  get reason(): string | undefined {
    return this.#failed instanceof ApiError ? this.#failed.reason : undefined;
  }

  /**
   * What is wrong with one value of what was sent.
   *
   * @param field where it stands: `app.title`; what lies below it counts too
   */
  at(field: string): string | undefined {
    const failed = this.#failed;
    if (!(failed instanceof ApiError) || failed.field === undefined) return undefined;
    const isHere = failed.field === field || failed.field.startsWith(`${field}.`);
    return isHere ? (problemSentence(failed) ?? errorSentence(failed)) : undefined;
  }

  /** @param failed a sentence, or what was thrown; undefined: all is well again */
  complain(failed: unknown): void {
    clearInterval(this.#timer);
    this.rest = 0;
    this.#failed = failed;
  }

  /** @returns whether it succeeded; a second call while one runs does nothing */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    // An effect that begins it must not begin it again, without end, when it is over.
    if (untrack(() => this.busy)) return false;
    this.busy = true;
    this.complain(undefined);
    try {
      await work();
      return true;
    } catch (error) {
      this.complain(error);
      if (error instanceof ApiError && error.retryAfter) this.#wait(error.retryAfter);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** The sentence counts down, and goes when the time is over. */
  #wait(seconds: number): void {
    this.rest = Math.ceil(seconds);
    this.#timer = setInterval(() => {
      this.rest--;
      if (this.rest <= 0) this.complain(undefined);
    }, 1000);
  }
}
