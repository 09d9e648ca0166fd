// Goal 13: how long an input event takes from the client's datagram to the write on the device's descriptor, with
// the built program, its control worker and its addon; a pipe stands for uinput. The time begins before the client
// seals its packet, so it holds the client's side and the way over loopback too.
//
//   node test/bench/input.ts
//
// EARTHSHINE_BENCH_SECONDS: 20 by default, half of it without and half with a busy admin.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../../server/src/client/clock.ts';
import { key } from '../../server/src/client/control/input-packets.ts';
import type { Stream } from '../../server/src/client/stream.ts';
import { percentile } from '../e2e/support/measures.ts';
import { TestProcess } from '../e2e/support/processes.ts';
import { BenchDesktop } from './support/bench-desktop.ts';
import { sayGoal, sayProgress } from './support/goal-line.ts';
import { UinputPipe } from './support/uinput-pipe.ts';

const SECONDS = Number(process.env['EARTHSHINE_BENCH_SECONDS'] ?? 20) / 2;
const EVENTS_PER_SECOND = 1000;
/** VK_A, and the code that evdev has for it */
const VIRTUAL_KEY = 0x41;
const KEY_A = 30;

const pipe = new UinputPipe();
try {
  const desktop = await BenchDesktop.open({
    width: 640,
    height: 360,
    still: true,
    environment: pipe.environment,
    arguments: ['--input', 'uinput'],
  });
  try {
    const stream = await desktop.client.stream(desktop.app, { width: 640, height: 360, fps: 30 });
    await sleep(2000);
    await measure(stream, 'nothing else to do', 0.3);
    const admin = new TestProcess('admin', process.execPath, [
      path.join(import.meta.dirname, 'support/admin-load.ts'),
      desktop.host.data,
    ]);
    await admin.says(/asking/);
    await measure(stream, 'a busy admin', 1);
    await admin.close();
    await stream.close();
  } finally {
    await desktop.close();
  }
} finally {
  await pipe.close();
}

async function measure(stream: Stream, load: string, limit: number): Promise<void> {
  sayProgress(`input at ${EVENTS_PER_SECOND} events a second, ${load}, ${SECONDS} s`);
  pipe.keys.length = 0;
  const sent: number[] = [];
  const began = monotonicNow();
  while (monotonicNow() - began < SECONDS * 1000) {
    const due = Math.floor(((monotonicNow() - began) / 1000) * EVENTS_PER_SECOND);
    while (sent.length < due) {
      sent.push(monotonicNow());
      stream.control.input(key(sent.length % 2 === 1, VIRTUAL_KEY));
    }
    await sleep(1);
  }
  await sleep(500);
  const written = pipe.keys.filter(({ code }) => code === KEY_A);
  // An odd number of events leaves the key down; it comes up before the next run.
  if (sent.length % 2 === 1) stream.control.input(key(false, VIRTUAL_KEY));
  await sleep(100);
  const what = `input → device, ${EVENTS_PER_SECOND} a second, ${load}, p99`;
  if (written.length !== sent.length) {
    const absent = `${sent.length} events were sent and ${written.length} written`;
    return sayGoal(13, what, '', `≤ ${limit} ms`, { absent });
  }
  const delays = written.map(({ at }, i) => at - sent[i]!);
  const [p50, p99] = [percentile(delays, 0.5), percentile(delays, 0.99)];
  const figure = `${p99.toFixed(2)} ms (p50 ${p50.toFixed(3)}, of ${delays.length})`;
  sayGoal(13, what, figure, `≤ ${limit} ms`, p99 <= limit);
}
