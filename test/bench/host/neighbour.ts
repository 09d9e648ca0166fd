import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../../../server/src/client/clock.ts';
import { percentile } from '../../e2e/support/measures.ts';
import { BenchDesktop } from '../support/bench-desktop.ts';
import { sayGoal, sayProgress } from '../support/goal-line.ts';
import { frameRate, watch } from '../support/watching.ts';
import { MODE_720, SECONDS } from './modes.ts';

/**
 * Goal 38: full motion at 720p60 while somebody else's work fills half of the cores, as a game's own threads do. The
 * leading host fell to 39 frames a second then.
 */
export async function measureNeighbour(): Promise<void> {
  const count = Math.max(1, Math.floor(os.availableParallelism() / 2));
  sayProgress(`full motion at 720p60 beside ${count} busy processes, ${SECONDS} s`);
  const desktop = await BenchDesktop.open({ width: 1920, height: 1080 });
  const neighbours = Array.from({ length: count }, () =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  try {
    const watching = await watch(desktop, MODE_720);
    await sleep(SECONDS * 1000);
    const fps = frameRate(watching, watching.settledAt, monotonicNow());
    const latencies = watching.recording.hostLatencies(watching.settledAt);
    const [p50, p95] = [percentile(latencies, 0.5), percentile(latencies, 0.95)];
    await watching.stream.close();
    sayGoal(
      38,
      `720p60 scaled, beside ${count} busy process${count === 1 ? '' : 'es'} on ${os.availableParallelism()} cores`,
      `${fps.toFixed(1)} fps, host latency p50 / p95 ${p50.toFixed(1)} / ${p95.toFixed(1)} ms`,
      '≥ 59 fps',
      fps >= 59,
    );
  } finally {
    for (const one of neighbours) {
      const gone = once(one, 'exit');
      if (one.kill('SIGKILL')) await gone;
    }
    await desktop.close();
  }
}
