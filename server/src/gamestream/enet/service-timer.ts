/** What asks to be serviced at times of its own: a peer or a host. */
interface Serviced {
  readonly deadline: number | undefined;
  service(): void;
}

/** A timer so many milliseconds late tells that this thread stood still, */
const STALL = 200;
/** and what arrived meanwhile is given so long to be read before anybody is judged to be silent. */
const READING_TIME = 50;

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
        const late = this.#now() - this.#at;
        this.#at = Infinity;
        if (late < STALL) this.#service();
        else setTimeout(() => this.#service(), READING_TIME);
      },
      Math.max(1, deadline - this.#now()),
    );
  }

  #service(): void {
    if (this.#closed) return;
    this.#serviced.service();
    this.arm();
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
