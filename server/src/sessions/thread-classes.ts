import type { Logger } from 'pino';

import type { StageStatistics, ThreadClass } from '../native/statistics.ts';

type Threads = StageStatistics['threads'];

/** What the owner of a machine without real-time class can do. */
export const REALTIME_REMEDY =
  'Install the package rtkit, or allow the user real-time priority in limits.conf.';

/** What is late when one of them waits for a busy machine. */
const MATTERS = { send: 'video', audio: 'sound' } as const;

/** How one stream's threads are scheduled: each change goes to the log, what is too little to the owner. */
export class ThreadClasses {
  readonly #log: Logger;
  #last: Threads | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  /**
   * A second's figures. What was granted is a second old before it counts: a thread asks when it begins.
   *
   * @returns a sentence for the owner; undefined when there is nothing to say
   */
  seen(threads: Threads): string | undefined {
    const before = this.#last;
    this.#last = threads;
    const changed = (Object.keys(threads) as (keyof Threads)[]).some(
      (name) => threads[name] !== before?.[name],
    );
    if (changed) this.#log.info({ ...threads }, 'thread classes granted');
    const isNormal = (given: ThreadClass | undefined): boolean => given === 'normal';
    const late = (['send', 'audio'] as const).filter(
      (name) => isNormal(threads[name]) && isNormal(before?.[name]),
    );
    if (late.length === 0) return undefined;
    const what = late.map((name) => MATTERS[name]).join(' and ');
    return (
      `While this machine is busy, ${what} may be late: the system granted no real-time class. ` +
      REALTIME_REMEDY
    );
  }
}
