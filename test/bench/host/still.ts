import { setTimeout as sleep } from 'node:timers/promises';
import { BenchDesktop } from '../support/bench-desktop.ts';
import { sayGoal, sayProgress } from '../support/goal-line.ts';
import { cpuByThread } from '../support/host-use.ts';
import { hostCores, watch } from '../support/watching.ts';
import { MODE_1080, SECONDS } from './modes.ts';

/** Goal 15: what a screen costs on which nothing changes, from two seconds after the last change on. */
export async function measureStill(): Promise<void> {
  sayProgress(`a still 1080p screen, ${SECONDS} s`);
  const desktop = await BenchDesktop.open({ width: 1920, height: 1080 });
  try {
    const watching = await watch(desktop, MODE_1080);
    desktop.pattern.togglePause();
    await sleep(2000);
    const from = watching.recording.frames.length;
    const began = performance.now();
    const threads = cpuByThread(desktop.pid);
    const cores = await hostCores(desktop, SECONDS);
    const span = (performance.now() - began) / 1000;
    sayThreads(threads, cpuByThread(desktop.pid), span);
    const frames = watching.recording.frames.slice(from);
    const kbps = (frames.reduce((sum, { data }) => sum + data.length, 0) * 8) / 1000 / span;
    await watching.stream.close();
    sayGoal(
      15,
      'host CPU, still 1080p screen at 60 fps, with sound',
      `${cores.toFixed(3)} cores, ${(frames.length / span).toFixed(1)} frames/s, ${(kbps / 1000).toFixed(2)} Mbit/s`,
      '≤ 0.10 core',
      cores <= 0.1,
    );
  } finally {
    await desktop.close();
  }
}

/** Where it goes: the threads that take a thousandth of a core and more. */
function sayThreads(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
  seconds: number,
): void {
  const shares = [...after]
    .map(([name, cpu]) => ({ name, cores: (cpu - (before.get(name) ?? 0)) / seconds }))
    .filter(({ cores }) => cores >= 0.001)
    .sort((a, b) => b.cores - a.cores);
  sayProgress(shares.map(({ name, cores }) => `${name} ${cores.toFixed(4)}`).join(' · '));
}
