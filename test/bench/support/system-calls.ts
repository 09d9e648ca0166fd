import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** Counts every system call of some processes and all their threads for a while. */
export type CountSystemCalls = (pids: readonly number[], seconds: number) => Promise<number>;

/**
 * Finds a way to count that works here: perf's tracepoint, which costs next to nothing, or strace, which slows what
 * it watches.
 *
 * @returns a sentence when there is none
 */
export function systemCallCounter(): CountSystemCalls | string {
  const own = String(process.pid);
  const perf = spawnSync('perf', perfArguments([process.pid], 0.1), { encoding: 'utf8' });
  if (perf.status === 0 && !/not supported|No permission/.test(perf.stderr)) return withPerf;
  const strace = spawnSync('strace', ['-V'], { encoding: 'utf8' });
  if (strace.status === 0 && spawnSync('strace', ['-c', 'true']).status === 0) return withStrace;
  return `neither perf (${perf.error ? 'not installed' : `no tracepoints for process ${own}`}) nor strace can be used`;
}

function perfArguments(pids: readonly number[], seconds: number): string[] {
  // prettier-ignore
  return ['stat', '-x', ',', '-e', 'raw_syscalls:sys_enter', '-p', pids.join(','), '--', 'sleep', String(seconds)];
}

async function withPerf(pids: readonly number[], seconds: number): Promise<number> {
  const { stderr } = await promisify(execFile)('perf', perfArguments(pids, seconds));
  const line = stderr.split('\n').find((text) => text.includes('raw_syscalls:sys_enter'));
  const count = Number(line?.split(',')[0]);
  if (!Number.isFinite(count)) throw new Error(`perf counted nothing: ${stderr}`);
  return count;
}

async function withStrace(pids: readonly number[], seconds: number): Promise<number> {
  const attached = pids.flatMap((pid) => ['-p', String(pid)]);
  // timeout ends it as Ctrl-C does, and it prints its table.
  const { stderr } = await promisify(execFile)('timeout', [
    ...['--preserve-status', '-s', 'INT', String(seconds), 'strace', '-c', '-f'],
    ...attached,
  ]);
  const total = /^\s*100\.00\s+\S+\s+\S*\s+(\d+)\s.*total/m.exec(stderr);
  if (!total) throw new Error(`strace counted nothing: ${stderr.slice(-400)}`);
  return Number(total[1]);
}
