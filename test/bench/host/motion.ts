import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../../../server/src/client/clock.ts';
import { percentile } from '../../e2e/support/measures.ts';
import { BenchDesktop } from '../support/bench-desktop.ts';
import { sayGoal, sayProgress } from '../support/goal-line.ts';
import { hostPids } from '../support/host-use.ts';
import { pictureQuality } from '../support/picture-quality.ts';
import { referenceQuality } from '../support/reference-quality.ts';
import { systemCallCounter } from '../support/system-calls.ts';
import { encodedRate, frameRate, hostCores, watch, type Watching } from '../support/watching.ts';
import { LEADING, MODE_1080, MODE_720, SECONDS } from './modes.ts';

/** Seconds for which system calls are counted, after CPU and latency were measured. */
const COUNTED_SECONDS = 5;

/** Goals 14, 16 and 19: full motion at 720p60 scaled from a 1080p screen, and at 1080p60. */
export async function measureMotion(): Promise<void> {
  sayProgress(`full motion on a 1080p screen, ${SECONDS} s at 720p60 and at 1080p60`);
  const desktop = await BenchDesktop.open({ width: 1920, height: 1080 });
  try {
    await measureMode(desktop, '720p60 10 Mbit/s scaled', MODE_720, LEADING[720], 0.55);
    const full = await measureMode(desktop, '1080p60 20 Mbit/s', MODE_1080, LEADING[1080], 0.68);
    await sayQuality('1080p60', full);
  } finally {
    await desktop.close();
  }
  sayProgress('the picture at 720p60, from a 720p screen');
  const small = await BenchDesktop.open({ width: 1280, height: 720 });
  try {
    const watching = await watch(small, MODE_720);
    await sleep(SECONDS * 500);
    await watching.stream.close();
    await sayQuality('720p60', watching);
  } finally {
    await small.close();
  }
}

async function measureMode(
  desktop: BenchDesktop,
  name: string,
  mode: typeof MODE_720 | typeof MODE_1080,
  leading: (typeof LEADING)[720] | (typeof LEADING)[1080],
  share: number,
): Promise<Watching> {
  const watching = await watch(desktop, mode);
  try {
    const cores = await hostCores(desktop, SECONDS);
    const until = monotonicNow();
    const rate = frameRate(watching, watching.settledAt, until);
    await sayCalls(desktop, name, watching);
    await watching.stream.close();
    await desktop.client.cancel();
    const ratio = cores / leading.cores;
    sayGoal(
      14,
      `host CPU, full motion, ${name}`,
      `${cores.toFixed(3)} cores, ${ratio.toFixed(2)} × of ${leading.cores}, ${rate.toFixed(1)} fps`,
      `≤ ${share} ×`,
      ratio <= share && rate > 59,
    );
    await sayLatency(name, watching, leading);
    return watching;
  } finally {
    await watching.stream.close();
  }
}

async function sayLatency(
  name: string,
  { recording, settledAt }: Watching,
  leading: (typeof LEADING)[720] | (typeof LEADING)[1080],
): Promise<void> {
  const latencies = recording.hostLatencies(settledAt);
  const [p50, p95] = [percentile(latencies, 0.5), percentile(latencies, 0.95)];
  sayGoal(
    16,
    `host latency, ${name}, p50 / p95`,
    `${p50.toFixed(1)} / ${p95.toFixed(1)} ms`,
    `≤ ${(leading.p50 * 0.6).toFixed(1)} / ${(leading.p95 * 0.6).toFixed(1)} ms`,
    p50 <= leading.p50 * 0.6 && p95 <= leading.p95 * 0.6,
  );
  if (!('drawnToFirstPacket' in leading)) return;
  const drawn = percentile(await recording.drawnToFirstPacket(settledAt), 0.5);
  const limit = leading.drawnToFirstPacket * 0.45;
  sayGoal(
    16,
    `drawn → first packet, ${name}, p50`,
    `${drawn.toFixed(1)} ms`,
    `≤ ${limit.toFixed(1)} ms`,
    drawn <= limit,
  );
}

async function sayCalls(desktop: BenchDesktop, name: string, watching: Watching): Promise<void> {
  const what = `system calls a frame, all threads, with sound, ${name}`;
  const count = systemCallCounter();
  if (typeof count === 'string') return sayGoal(19, what, '', '≤ 45', { absent: count });
  const before = watching.recording.frames.length;
  const calls = await count(hostPids(desktop.pid), COUNTED_SECONDS);
  const perFrame = calls / (watching.recording.frames.length - before);
  const perSecond = Math.round(calls / COUNTED_SECONDS);
  sayGoal(19, what, `${perFrame.toFixed(1)}, ${perSecond} a second`, '≤ 45', perFrame <= 45);
}

/** The picture beside what x264 makes of the same scene as the leading host sets it up, at the same rate. */
async function sayQuality(name: string, watching: Watching): Promise<void> {
  const kbps = encodedRate(watching);
  const quality = await pictureQuality(watching.recording, watching.settledAt);
  const { width, height } = watching.stream.negotiated.wish;
  const reference = await referenceQuality({ width, height }, kbps);
  sayGoal(
    14,
    `luma PSNR of ${quality.pictures} decoded pictures, ${name} 1:1, ${(kbps / 1000).toFixed(1)} Mbit/s encoded`,
    `${quality.mean.toFixed(2)} dB (worst 5 %: ${quality.worst5.toFixed(1)}); x264 as the leading host has it: ${reference.mean.toFixed(2)} dB at ${(reference.kbps / 1000).toFixed(1)}`,
    `≥ ${(reference.mean - 0.3).toFixed(2)} dB`,
    quality.mean >= reference.mean - 0.3,
  );
}
