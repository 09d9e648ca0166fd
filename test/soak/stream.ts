// One stream of a moving 720p desktop with sound for half an hour: memory, descriptors and threads stay flat, and no
// frame is lost.
//
//   node test/soak/stream.ts
//
// EARTHSHINE_SOAK_MINUTES: 30 by default.
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchDesktop } from '../bench/support/bench-desktop.ts';
import { sayGoal, sayProgress } from '../bench/support/goal-line.ts';
import { hostUse, type HostUse } from '../bench/support/host-use.ts';
import { describe, trends } from './support/flatness.ts';

const MINUTES = Number(process.env['EARTHSHINE_SOAK_MINUTES'] ?? 30);
const SAMPLES = 180;
const MODE = { width: 1280, height: 720, fps: 60, bitrateKbps: 10_000 };

const desktop = await BenchDesktop.open({ width: MODE.width, height: MODE.height });
try {
  const stream = await desktop.client.stream(desktop.app, MODE);
  // Without a listener the receiver keeps what it got.
  stream.video.on('frame', () => undefined);
  const samples: HostUse[] = [];
  for (let i = 0; i < SAMPLES; i++) {
    await sleep((MINUTES * 60_000) / SAMPLES);
    samples.push(hostUse(desktop.pid));
    if (i % 18 !== 17) continue;
    const { pss, threads, descriptors } = samples.at(-1)!;
    const minute = ((MINUTES * (i + 1)) / SAMPLES).toFixed(1);
    const { frames, lostFrames } = stream.video.statistics();
    sayProgress(
      `minute ${minute} of ${MINUTES}: ${frames} frames, ${lostFrames} lost, PSS ${pss.toFixed(1)} MB, ${threads} threads, ${descriptors} descriptors`,
    );
  }
  const { frames, lostFrames } = stream.video.statistics();
  const restarts = (await desktop.sessions())[0]?.mediaRestarts ?? 0;
  const complaints = stream.violations.list;
  await stream.close();
  const found = trends(samples);
  sayGoal(
    20,
    `${MINUTES} minutes of 720p60, second tenth against last`,
    describe(found),
    'within 5 %',
    found.every(({ flat }) => flat),
  );
  sayGoal(
    'soak',
    `${MINUTES} minutes of 720p60`,
    `${frames} frames, ${lostFrames} lost, ${restarts} restarts, ${complaints.length} violations`,
    'none lost, no restart, no violation',
    lostFrames === 0 && restarts === 0 && complaints.length === 0,
  );
} finally {
  await desktop.close();
}
