/** What asks to be serviced at times of its own: a peer or a host. */
interface Serviced {
  readonly deadline: number | undefined;
  service(): void;
}

/** Keeps one timer at the deadline of an ENet peer or host. */
export class ServiceTimer {
  readonly #serviced: Serviced;
  readonly #now: () => number;
  #timer: NodeJS.Timeout | undefined;
  #at = Infinity;
  #closed = false;

  constructor(serviced: Serviced, now: () => number) {
    this.#serviced = serviced;
    this.#now = now;
  }

  /** To be called after anything that may have changed the deadline; cheap when it did not. */
  arm(): void {
    const { deadline } = this.#serviced;
    // A timer that is too early just looks again, so only an earlier deadline needs a new one.
    if (this.#closed || deadline === undefined || deadline >= this.#at) return;
    clearTimeout(this.#timer);
    this.#at = deadline;
    this.#timer = setTimeout(
      () => {
        this.#at = Infinity;
        this.#serviced.service();
        this.arm();
      },
      Math.max(1, deadline - this.#now()),
    );
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }
}

/** The clock of everything ENet: whole milliseconds that never go back. */
export function monotonicMilliseconds(): number {
  return Math.floor(performance.now());
}
