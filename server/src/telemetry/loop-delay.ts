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
/**
 * Milliseconds between the samples while somebody streams, and while nobody does: each wakes the thread, and a host that
 * waits takes nothing from the games of the machine. There half the shortest stalls are missed.
 */
const RESOLUTION = { busy: 100, resting: 1000 } as const;
/** milliseconds from which somebody notices */
const STALL = 500;

/** Measures how late this thread's event loop is, and tells when it stood still. */
export class LoopDelayMeter {
  #resolution: number = RESOLUTION.busy;
  #histogram = monitorEventLoopDelay({ resolution: this.#resolution });
  readonly #measured: (delay: LoopDelay, stalled: number | undefined) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #windows: number[] = [];
  /** of this window, before it was last told to rest or to go on */
  #before = 0;
  #stalls = 0;
  #closed = false;

  /** @param measured every ten seconds; `stalled` are the milliseconds of a stall within them */
  constructor(measured: (delay: LoopDelay, stalled: number | undefined) => void) {
    this.#measured = measured;
    this.#histogram.enable();
    this.#timer = setInterval(() => this.#look(), INTERVAL).unref();
  }

  get figures(): LoopDelay {
    return { worst: Math.max(this.#current(), ...this.#windows), stalls: this.#stalls };
  }

  /** @param resting nobody streams, nor will in a moment */
  rest(resting: boolean): void {
    const resolution = resting ? RESOLUTION.resting : RESOLUTION.busy;
    if (this.#closed || resolution === this.#resolution) return;
    this.#before = this.#current();
    this.#histogram.disable();
    this.#resolution = resolution;
    this.#histogram = monitorEventLoopDelay({ resolution });
    this.#histogram.enable();
  }

  /** May be called twice. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  #look(): void {
    const worst = this.#current();
    this.#histogram.reset();
    this.#before = 0;
    this.#windows.push(worst);
    if (this.#windows.length > WINDOWS - 1) this.#windows.shift();
    const stalled = worst >= STALL ? worst : undefined;
    if (stalled !== undefined) this.#stalls += 1;
    this.#measured(this.figures, stalled);
  }

  #current(): number {
    // The histogram counts whole sampling intervals; what is left of them is the delay.
    return this.#histogram.count === 0
      ? this.#before
      : Math.max(this.#before, Math.round(this.#histogram.max / 1e6 - this.#resolution));
  }
}
