// A thousand clients one after the other: launch, first frame, quit. What the host holds while the n-th one watches
// does not grow with n.
//
//   node test/soak/reconnects.ts
//
// EARTHSHINE_SOAK_RECONNECTS: 1000 by default, twenty at least.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchDesktop } from '../bench/support/bench-desktop.ts';
import { sayGoal, sayProgress } from '../bench/support/goal-line.ts';
import { hostUse, useOf, type HostUse } from '../bench/support/host-use.ts';
import { percentile } from '../e2e/support/measures.ts';
import { describe, trends } from './support/flatness.ts';

const COUNT = Math.max(20, Number(process.env['EARTHSHINE_SOAK_RECONNECTS'] ?? 1000));
const MODE = { width: 1280, height: 720, fps: 60, bitrateKbps: 10_000 };
/** Milliseconds that each watches on, so that every thread has begun its work. */
const WATCHES = 200;

const desktop = await BenchDesktop.open({ width: MODE.width, height: MODE.height });
try {
  const sessions: HostUse[] = [];
  const control: HostUse[] = [];
  const starts: number[] = [];
  for (let i = 0; i < COUNT; i++) {
    const began = performance.now();
    const stream = await desktop.client.stream(desktop.app, MODE);
    await once(stream.video, 'frame', { signal: AbortSignal.timeout(10_000) });
    starts.push(performance.now() - began);
    await sleep(WATCHES);
    sessions.push(hostUse(desktop.pid));
    await stream.close();
    await desktop.client.cancel();
    control.push(useOf([desktop.pid]));
    if ((i + 1) % Math.ceil(COUNT / 20) !== 0) continue;
    const [now, alone] = [sessions.at(-1)!, control.at(-1)!];
    sayProgress(
      `${i + 1} of ${COUNT}: PSS ${now.pss.toFixed(1)} MB in the session, control process ${alone.pss.toFixed(1)} MB, ${now.threads} threads, ${now.descriptors} descriptors`,
    );
  }
  say(`memory in the session, ${COUNT} reconnects`, sessions);
  say(`memory of the control process after it, ${COUNT} reconnects`, control);
  sayProgress(
    `launch request → first frame: p50 ${percentile(starts, 0.5).toFixed(0)} ms, p99 ${percentile(starts, 0.99).toFixed(0)} ms`,
  );
} finally {
  await desktop.close();
}

function say(what: string, samples: readonly HostUse[]): void {
  const found = trends(samples);
  sayGoal(
    20,
    `${what}, second tenth against last`,
    describe(found),
    'within 5 %',
    found.every(({ flat }) => flat),
  );
}
