import { setTimeout as sleep } from 'node:timers/promises';
import { BenchDesktop } from '../support/bench-desktop.ts';
import { sayGoal, sayProgress } from '../support/goal-line.ts';
import { hostUse } from '../support/host-use.ts';
import { watch } from '../support/watching.ts';
import { MODE_1080, MODE_720 } from './modes.ts';

/** Milliseconds after which a host that nobody uses has settled. */
const IDLE = 5000;

/** Goal 20: memory while nobody streams, and in sessions. Flatness is what `scripts/bench reconnects` shows. */
export async function measureMemory(): Promise<void> {
  sayProgress('memory, idle and in sessions');
  const desktop = await BenchDesktop.open({ width: 1920, height: 1080 });
  try {
    await sleep(IDLE);
    const idle = hostUse(desktop.pid);
    sayGoal(
      20,
      `memory while nobody streams, ${idle.pids.length} process${idle.pids.length === 1 ? '' : 'es'}`,
      `RSS ${idle.rss.toFixed(0)} MB (PSS ${idle.pss.toFixed(0)})`,
      'RSS ≤ 120 MB',
      idle.rss <= 120,
    );
    for (const [name, mode, limit] of [
      ['720p60', MODE_720, 170],
      ['1080p60', MODE_1080, 200],
    ] as const) {
      const watching = await watch(desktop, mode);
      await sleep(IDLE);
      const use = hostUse(desktop.pid);
      await watching.stream.close();
      await desktop.client.cancel();
      sayGoal(
        20,
        `memory in a ${name} session, PSS of ${use.pids.length} processes`,
        `${use.pss.toFixed(0)} MB`,
        `≤ ${limit} MB`,
        use.pss <= limit,
      );
    }
  } finally {
    await desktop.close();
  }
}
