import { clock } from '../parts/clock.svelte.ts';

/** As the host has it, less what an answer takes on its way. */
const LASTS_MS = 5 * 60_000 - 5000;

/** Whether the password was given a moment ago, so that changes of apps do not ask for it again. */
class Proof {
  #until = $state(0);

  get lasts(): boolean {
    return this.#until > clock.now;
  }

  /** @param until as the host says; undefined: there is none */
  learn(until: number | undefined): void {
    this.#until = until ?? 0;
  }

  /** The host has taken a change with the password. */
  given(): void {
    this.#until = clock.now + LASTS_MS;
  }
}

export const proof = new Proof();
