/**
 * Interarrival jitter (RFC 3550 §6.4.1) of anything that carries the time it was made at: the smoothed difference
 * between how far apart two of them were made and how far apart they arrived.
 */
export class Jitter {
  #transit: number | undefined;
  #jitter = 0;

  /**
   * @param made milliseconds on the sender's clock
   * @param arrived milliseconds on ours; the two need not agree
   */
  add(made: number, arrived: number): void {
    const transit = arrived - made;
    if (this.#transit !== undefined) {
      this.#jitter += (Math.abs(transit - this.#transit) - this.#jitter) / 16;
    }
    this.#transit = transit;
  }

  /** milliseconds; 0 before the second one */
  get value(): number {
    return this.#jitter;
  }
}
