import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What one thread's event loop kept waiting. */
export interface LoopDelay {
  /** milliseconds of the longest delay within the last minute */
  readonly worst: number;
  /** delays of more than half a second since the start */
  readonly stalls: number;
}

/** milliseconds between two looks, and looks that a minute has */
const INTERVAL = 10_000;
const WINDOWS = 6;
/** milliseconds between the samples, which cost no JavaScript */
const RESOLUTION = 100;
/** milliseconds from which somebody notices */
const STALL = 500;

/** Measures how late this thread's event loop is, and tells when it stood still. */
export class LoopDelayMeter {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  readonly #measured: (delay: LoopDelay, stalled: number | undefined) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #windows: number[] = [];
  #stalls = 0;

  /** @param measured every ten seconds; `stalled` are the milliseconds of a stall within them */
  constructor(measured: (delay: LoopDelay, stalled: number | undefined) => void) {
    this.#measured = measured;
    this.#histogram.enable();
    this.#timer = setInterval(() => this.#look(), INTERVAL).unref();
  }

  get figures(): LoopDelay {
    return { worst: Math.max(this.#current(), ...this.#windows), stalls: this.#stalls };
  }

  /** May be called twice. */
  close(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  #look(): void {
    const worst = this.#current();
    this.#histogram.reset();
    this.#windows.push(worst);
    if (this.#windows.length > WINDOWS - 1) this.#windows.shift();
    const stalled = worst >= STALL ? worst : undefined;
    if (stalled !== undefined) this.#stalls += 1;
    this.#measured(this.figures, stalled);
  }

  #current(): number {
    // The histogram counts whole sampling intervals; what is left of them is the delay.
    return this.#histogram.count === 0
      ? 0
      : Math.max(0, Math.round(this.#histogram.max / 1e6 - RESOLUTION));
  }
}
