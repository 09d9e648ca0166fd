/** Datagrams a second that are looked at; a network full of services sends some dozens. */
const PER_SECOND = 200;
/** After quiet, so many may come at once. */
const BURST = 400;

/** How many datagrams are still read: a flood costs no more than this, and what follows it is heard again. */
export class DatagramBudget {
  #left = BURST;
  #at = 0;

  /**
   * @param now milliseconds of a clock that never goes back
   * @returns false when the datagram is to be dropped unread
   */
  take(now: number): boolean {
    this.#left = Math.min(BURST, this.#left + ((now - this.#at) / 1000) * PER_SECOND);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
