import { readdirSync, readFileSync } from 'node:fs';

/** Ticks of `utime` and `stime` in a second: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS = 100;

/** What the host's processes have used and hold at one moment. */
export interface HostUse {
  /** CLOCK_MONOTONIC, milliseconds */
  readonly at: number;
  readonly pids: readonly number[];
  /** seconds of CPU since each process began, all threads */
  readonly cpu: number;
  /** proportional and resident set, MB */
  readonly pss: number;
  readonly rss: number;
  readonly threads: number;
  readonly descriptors: number;
}

/** The host's control process and the media processes below it, those that wait for a stream included. */
export function hostPids(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1]);
    if (parent > 0) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const below = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(below)];
  return below(root);
}

/** CPU alone: cheap enough to bracket a measurement with. */
export function hostCpu(root: number): Pick<HostUse, 'at' | 'pids' | 'cpu'> {
  const pids = hostPids(root);
  return { at: performance.now(), pids, cpu: sum(pids, cpuOf) };
}

export function hostUse(root: number): HostUse {
  return useOf(hostPids(root));
}

/** The same of some processes alone. */
export function useOf(pids: readonly number[]): HostUse {
  return {
    at: performance.now(),
    pids,
    cpu: sum(pids, cpuOf),
    pss: sum(pids, (pid) => kilobytes(`/proc/${pid}/smaps_rollup`, 'Pss')) / 1024,
    rss: sum(pids, (pid) => kilobytes(`/proc/${pid}/smaps_rollup`, 'Rss')) / 1024,
    threads: sum(pids, (pid) => entries(`/proc/${pid}/task`)),
    descriptors: sum(pids, (pid) => entries(`/proc/${pid}/fd`)),
  };
}

/** @returns cores that were busy with the host between two samples */
export function cores(
  before: Pick<HostUse, 'at' | 'cpu'>,
  after: Pick<HostUse, 'at' | 'cpu'>,
): number {
  return (after.cpu - before.cpu) / ((after.at - before.at) / 1000);
}

/** CPU by thread name, for a look at where it goes: `media encode` → seconds. */
export function cpuByThread(root: number): Map<string, number> {
  const all = new Map<string, number>();
  hostPids(root).forEach((pid, i) => {
    let tasks: string[] = [];
    try {
      tasks = readdirSync(`/proc/${pid}/task`);
    } catch {
      // It has ended.
    }
    for (const task of tasks) {
      const name = `${i === 0 ? 'control' : 'media'} ${read(`/proc/${pid}/task/${task}/comm`).trim()}`;
      const nanoseconds = Number(read(`/proc/${pid}/task/${task}/schedstat`).split(' ')[0]);
      all.set(name, (all.get(name) ?? 0) + nanoseconds / 1e9);
    }
  });
  return all;
}

function cpuOf(pid: number): number {
  // The name, in brackets, may hold anything; field 3 follows it. utime and stime are 14 and 15.
  const fields = read(`/proc/${pid}/stat`).split(') ').at(-1)!.split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS;
}

function kilobytes(file: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(read(file))?.[1] ?? 0);
}

function entries(folder: string): number {
  try {
    return readdirSync(folder).length;
  } catch {
    return 0;
  }
}

/** Empty for a process that has just ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function sum(pids: readonly number[], value: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + value(pid), 0);
}
