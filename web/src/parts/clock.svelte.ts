/** A phone's clock may be minutes off; below this a difference is the delay of the network. */
const TOLERANCE_MS = 2000;

/** The host's time, for count-downs and "3 minutes ago". */
class Clock {
  /** milliseconds since 1970, once a second */
  now = $state(Date.now());
  #ahead = 0;

  constructor() {
    setInterval(() => (this.now = Date.now() + this.#ahead), 1000);
  }

  /** @param date the `Date` header of an answer: whole seconds */
  learn(date: string | null): void {
    const host = Date.parse(date ?? '');
    if (Number.isNaN(host)) return;
    const ahead = host + 500 - Date.now();
    this.#ahead = Math.abs(ahead) > TOLERANCE_MS ? ahead : 0;
  }
}

export const clock = new Clock();
