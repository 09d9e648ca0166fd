import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

import { RUN_VARIABLE } from './command-environment.ts';

/** How long a process group has between SIGTERM and SIGKILL. */
export const TERMINATION_GRACE_MS = 5000;
const POLL_MS = 50;

/**
 * The processes of a group.
 *
 * @param run only those that carry this token in their environment. While its leader lives, the group's number
 *   is proof enough; afterwards, or after a crash of the host, it may have become somebody else's.
 */
export async function groupMembers(group: number, run: string | undefined): Promise<number[]> {
  const members: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (groupOf(await readFile(`/proc/${name}/stat`, 'latin1')) !== group) continue;
      if (run === undefined || (await carries(name, run))) members.push(Number(name));
    } catch {
      // It ended while it was looked at, or it is not ours to look at.
    }
  }
  return members;
}

async function carries(pid: string, run: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
  return environment.split('\0').includes(`${RUN_VARIABLE}=${run}`);
}

/** The process group in a line of /proc/PID/stat; undefined for a zombie, which is past signals. */
export function groupOf(stat: string): number | undefined {
  // The name in parentheses may itself hold spaces and parentheses: what counts stands after the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : Number(fields[2]);
}

/** @returns false when no such group is left */
function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}

/**
 * SIGTERM, then SIGKILL to what is left 5 s later. Resolves when no member is left, a second after SIGKILL at the
 * latest (a process that hangs in the kernel cannot be waited for).
 *
 * @param run as {@link groupMembers} takes it
 */
export async function endGroup(
  group: number,
  run: string | undefined,
  grace = TERMINATION_GRACE_MS,
): Promise<void> {
  if ((await groupMembers(group, run)).length === 0) return;
  signalGroup(group, 'SIGTERM');
  if (await emptied(group, run, grace)) return;
  signalGroup(group, 'SIGKILL');
  await emptied(group, run, 1000);
}

async function emptied(group: number, run: string | undefined, limit: number): Promise<boolean> {
  const end = performance.now() + limit;
  for (;;) {
    if ((await groupMembers(group, run)).length === 0) return true;
    if (performance.now() >= end) return false;
    await wait(POLL_MS);
  }
}
