import { percentile } from '../../e2e/support/measures.ts';
import { BenchDesktop } from '../support/bench-desktop.ts';
import { sayGoal, sayProgress } from '../support/goal-line.ts';
import { hostCores, watch } from '../support/watching.ts';
import { MODE_720, SECONDS } from './modes.ts';

const ROUNDS = 3;

/** Goal 18: a second viewer of the same picture, joining and leaving in turns. */
export async function measureTwoViewers(): Promise<void> {
  sayProgress(`one viewer and two at 720p60, ${ROUNDS} rounds`);
  const desktop = await BenchDesktop.open({ width: 1920, height: 1080 });
  try {
    const second = await desktop.host.pairedClient();
    const first = await watch(desktop, MODE_720);
    const ratios: number[] = [];
    let shared = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const one = await hostCores(desktop, SECONDS / ROUNDS);
      const other = await watch(desktop, MODE_720, second);
      const two = await hostCores(desktop, SECONDS / ROUNDS);
      shared = Math.max(
        shared,
        ...(await desktop.sessions()).map(({ figures }) => figures.encodeViewers ?? 1),
      );
      await other.stream.close();
      await second.cancel();
      ratios.push(two / one);
    }
    await first.stream.close();
    const ratio = percentile(ratios, 0.5);
    sayGoal(
      18,
      'host CPU, two viewers of one desktop at 720p60 against one',
      `${ratio.toFixed(2)} ×, one encode for ${shared}`,
      '≤ 1.15 ×',
      ratio <= 1.15,
    );
  } finally {
    await desktop.close();
  }
}
