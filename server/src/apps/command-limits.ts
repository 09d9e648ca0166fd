import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

import type { Logger } from 'pino';

/** What a session gives a program; Node raises it to the hard limit for itself, and select() breaks beyond it. */
const OPEN_FILES = 1024;

/**
 * Takes back from a command what the host changed for itself: the open files that Node asks for, and the time that a
 * real-time thread may run without a pause, after which the host demotes its own threads and the kernel would end a
 * game's. A hard limit that rtkit demanded cannot be raised again.
 *
 * @param pid of a command that has just been started; its children have the same limits from then on
 */
export async function restoreLimits(pid: number, log: Pick<Logger, 'debug'>): Promise<void> {
  const hard = hardLimits(readFileSync('/proc/self/limits', 'latin1'));
  const files = Math.min(OPEN_FILES, hard.openFiles);
  const realtime = Number.isFinite(hard.realtime) ? hard.realtime : 'unlimited';
  await new Promise<void>((resolve) => {
    execFile(
      'prlimit',
      ['--pid', String(pid), `--nofile=${files}:`, `--rttime=${realtime}:`],
      (error) => {
        // It may have ended already; without util-linux it runs with the host's limits.
        if (error)
          log.debug({ code: 'limits-kept', err: error }, 'a command keeps the limits of the host');
        resolve();
      },
    );
  });
}

/** The hard limits in /proc/PID/limits; Infinity for `unlimited`. */
export function hardLimits(limits: string): { openFiles: number; realtime: number } {
  const hard = (name: string): number => {
    const value = new RegExp(`^${name} +\\S+ +(\\S+)`, 'm').exec(limits)?.[1];
    return value === undefined || value === 'unlimited' ? Infinity : Number(value);
  };
  return { openFiles: hard('Max open files'), realtime: hard('Max realtime timeout') };
}
