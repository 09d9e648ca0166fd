/** milliseconds between the client's answer and its use here, half a second of ENet's pings among them */
const MEASURED_LATE = 500;
/** milliseconds in which the least round trip counts as that of an empty path */
const MEMORY = 300_000;

/** Whether packets wait in a queue on the way: the round trip beside the least one of the last minutes. */
export class RoundTripWatch {
  #current: number | undefined;
  #measuredAt = -Infinity;
  #wasRisen = false;
  /** the least of the present and of the former half of the memory */
  #least: number | undefined;
  #leastBefore: number | undefined;
  #halfBegan = 0;
  #deepSince: number | undefined;

  /** Milliseconds; undefined before it was measured. */
  get current(): number | undefined {
    return this.#current;
  }

  /** @param milliseconds a mean that follows within some seconds, without single outliers: one late answer is no queue */
  measured(milliseconds: number, now: number): void {
    if (!Number.isFinite(milliseconds) || milliseconds < 0) return;
    if (this.#least === undefined || now - this.#halfBegan >= MEMORY / 2) {
      this.#leastBefore = this.#least;
      this.#least = milliseconds;
      this.#halfBegan = now;
    }
    this.#current = milliseconds;
    this.#least = Math.min(this.#least, milliseconds);
    const base = this.#base();
    const deep = milliseconds - base > Math.max(60, base);
    this.#measuredAt = now;
    if (this.risen) this.#wasRisen = true;
    this.#deepSince = deep ? (this.#deepSince ?? now) : undefined;
  }

  /** Another path: nothing of the former one counts. */
  forget(): void {
    this.#current = undefined;
    this.#least = undefined;
    this.#leastBefore = undefined;
    this.#deepSince = undefined;
    this.#measuredAt = -Infinity;
    this.#wasRisen = false;
  }

  /** It was measured after this time, and has never risen on this path. */
  levelSince(time: number): boolean {
    return !this.#wasRisen && this.#measuredAt - (this.#current ?? 0) - MEASURED_LATE > time;
  }

  /** It has risen by more than the jitter of good networks. */
  get risen(): boolean {
    if (this.#current === undefined) return false;
    const base = this.#base();
    return this.#current - base > Math.max(12, base * 0.25);
  }

  /** A long queue stays full though nothing is lost: what is sent arrives, but late. */
  isLate(now: number): boolean {
    return this.#deepSince !== undefined && now - this.#deepSince >= 2000;
  }

  #base(): number {
    return Math.min(this.#least ?? 0, this.#leastBefore ?? Infinity);
  }
}
