import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../../../server/src/client/clock.ts';
import { percentile } from '../../e2e/support/measures.ts';
import { BenchDesktop } from '../support/bench-desktop.ts';
import { sayGoal, sayProgress } from '../support/goal-line.ts';
import { pictureQuality } from '../support/picture-quality.ts';
import { frameRate, watch } from '../support/watching.ts';
import { MODE_1080, SECONDS } from './modes.ts';

/** Goal 17: 1080p60 at 100 Mbit/s keeps its rate and its picture. */
export async function measureHighRate(): Promise<void> {
  sayProgress(`1080p60 at 100 Mbit/s, ${SECONDS} s`);
  const desktop = await BenchDesktop.open({ width: 1920, height: 1080 });
  try {
    const watching = await watch(desktop, { ...MODE_1080, bitrateKbps: 100_000 });
    const encode: number[] = [];
    for (let second = 0; second < SECONDS; second++) {
      await sleep(1000);
      const figures = (await desktop.sessions())[0]?.figures;
      if (figures?.encode) encode.push(figures.encode.p99);
    }
    const rate = frameRate(watching, watching.settledAt, monotonicNow());
    await watching.stream.close();
    sayGoal(17, '1080p60 100 Mbit/s, frames a second', rate.toFixed(1), '≥ 59.5', rate >= 59.5);
    const slow = percentile(encode, 0.5);
    sayGoal(
      17,
      '1080p60 100 Mbit/s, encoding, median of the seconds’ p99 (p95 is below)',
      `${slow.toFixed(1)} ms`,
      'p95 ≤ 15 ms',
      slow <= 15,
    );
    const quality = await pictureQuality(watching.recording, watching.settledAt);
    sayGoal(
      17,
      `1080p60 100 Mbit/s, luma PSNR of ${quality.pictures} decoded pictures`,
      `${quality.mean.toFixed(2)} dB`,
      '≥ 45 dB',
      quality.mean >= 45,
    );
  } finally {
    await desktop.close();
  }
}
