import { ApiError } from '../api/client.ts';

/** One thing a person asked for: whether it runs, and what went wrong the last time. */
export class Action {
  busy = $state(false);
  complaint = $state<string | undefined>();

  /** @returns whether it succeeded; a second call while one runs does nothing */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.complaint = undefined;
    try {
      await work();
      return true;
    } catch (error) {
      const wait =
        error instanceof ApiError && error.retryAfter ? ` Try again in ${error.retryAfter} s.` : '';
      this.complaint = (error instanceof Error ? error.message : String(error)) + wait;
      return false;
    } finally {
      this.busy = false;
    }
  }
}
