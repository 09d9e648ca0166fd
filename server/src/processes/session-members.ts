import { readFile, readdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 50;
/** How long a process that was killed may still be on its way out; one that hangs in the kernel cannot be waited for. */
const KILLED_MS = 1_000;

/**
 * The processes of a session that has a runtime directory of its own: those that were given it, and those that name it
 * in their arguments. The arguments are for programs with file capabilities, whose environment nobody may read.
 */
export async function sessionMembers(runtimeDirectory: string): Promise<number[]> {
  const found = await Promise.all(
    (await readdir('/proc'))
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .map(async (name) => ((await belongs(name, runtimeDirectory)) ? Number(name) : undefined)),
  );
  return found.filter((pid) => pid !== undefined);
}

/**
 * SIGTERM to all, SIGKILL to what is left.
 *
 * @param grace milliseconds between the two
 */
export async function endSessionMembers(runtimeDirectory: string, grace: number): Promise<void> {
  for (const [signal, patience] of [
    ['SIGTERM', grace],
    ['SIGKILL', KILLED_MS],
  ] as const) {
    const end = performance.now() + patience;
    // Each once: a compositor that is told twice ends without tidying up.
    const told = new Set<number>();
    for (;;) {
      const members = await sessionMembers(runtimeDirectory);
      if (members.length === 0) return;
      if (performance.now() >= end) break;
      for (const pid of members) {
        if (told.has(pid)) continue;
        told.add(pid);
        signalProcess(pid, signal);
      }
      await wait(POLL_MS);
    }
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

async function belongs(pid: string, runtimeDirectory: string): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The state follows the name, which may hold parentheses itself. What has ended is past signals.
    if (/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))) return false;
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
    if (words.some((word) => word.includes(`${runtimeDirectory}/`))) return true;
    const environment = (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
    return environment.includes(`XDG_RUNTIME_DIR=${runtimeDirectory}`);
  } catch {
    return false; // it ended while it was looked at, or it is not ours to look at
  }
}
