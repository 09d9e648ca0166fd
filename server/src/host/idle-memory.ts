import v8 from 'node:v8';
import vm from 'node:vm';

import type { Logger } from 'pino';

/** Milliseconds without a stream after which memory is given back; a client that comes right back finds no pause. */
const REST_MS = 3000;

/** Collects everything and returns the pages, as V8 does by itself only when it runs out of memory. */
type Collect = (how: { type: 'major'; execution: 'sync'; flavor: 'last-resort' }) => void;

export interface IdleMemoryParts {
  readonly log: Logger;
  /** whether somebody streams, or is about to */
  readonly busy: () => boolean;
  /** gives back what lies free in the C heap, and the program's own pages that only its start needed */
  readonly returnFreeMemory: () => Promise<void>;
}

/**
 * Gives memory back to the machine's games while nobody streams: what starting the host or the last session left
 * in the heaps, 15 MB, and pages of the program, 25 MB. V8 would keep it for the next burst, which never comes to a
 * host that waits. The main thread is held by V8's part alone; the kernel's 40 ms and more run beside it.
 */
export class IdleMemory {
  readonly #parts: IdleMemoryParts;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: IdleMemoryParts) {
    this.#parts = parts;
  }

  /** Call when the host has started, and when a session began or ended. */
  readonly changed = (): void => {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#parts.busy()) this.#timer = setTimeout(() => void this.#giveBack(), REST_MS).unref();
  };

  close(): void {
    clearTimeout(this.#timer);
  }

  async #giveBack(): Promise<void> {
    const began = performance.now();
    const before = process.memoryUsage.rss();
    collector()({ type: 'major', execution: 'sync', flavor: 'last-resort' });
    const held = performance.now() - began;
    try {
      await this.#parts.returnFreeMemory();
    } catch (error) {
      this.#parts.log.warn({ err: error }, 'the heap could not be returned to the system');
    }
    const bytes = before - process.memoryUsage.rss();
    this.#parts.log.debug(
      { bytes, milliseconds: held, beside: performance.now() - began - held },
      'memory given back while nobody streams',
    );
  }
}

/** Contexts made while the flag stands have V8's function; nobody else needs it. */
function collector(): Collect {
  v8.setFlagsFromString('--expose-gc');
  try {
    return vm.runInNewContext('gc') as Collect;
  } finally {
    v8.setFlagsFromString('--no-expose-gc');
  }
}
