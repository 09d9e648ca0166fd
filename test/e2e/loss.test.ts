import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { monotonicNow } from '../../server/src/client/clock.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import type { StreamOptions } from '../../server/src/client/stream.ts';
import { DEMAND_GOALS, STREAM_SECONDS } from './support/duration.ts';
import { expectClean, expectCountersRise, unreadable } from './support/expectations.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { measured, percentile, printMeasures } from './support/measures.ts';
import { until } from './support/processes.ts';
import { Viewing } from './support/viewing.ts';

let host: HostUnderTest;
let client: GameStreamClient;
let app: number;
beforeAll(async () => {
  host = await HostUnderTest.start();
  client = await host.pairedClient();
  // What a stream's first parity and its client's requests do by themselves.
  await host.ctl('clients', 'set', client.identity.certificate.fingerprint, '--adaptive', 'off');
  app = (await client.app('Test pattern')).id;
});
afterAll(async () => {
  printMeasures();
  await host?.close();
});

const MODE = { width: 1280, height: 720, fps: 60 };

async function watch(options: Partial<StreamOptions>, seconds: number): Promise<Viewing> {
  const viewing = new Viewing(await client.stream(app, { ...MODE, ...options }));
  try {
    await viewing.started();
    await sleep(seconds * 1000);
  } finally {
    await viewing.close();
    await client.cancel();
  }
  return viewing;
}

describe('lost packets', () => {
  it.each([
    ['2 % at random', { percentage: 2, seed: 7 }],
    ['2 % in bursts of 2', { percentage: 2, burst: 2, seed: 8 }],
  ])('%s: parity brings the pictures back', async (_, videoLoss) => {
    const viewing = await watch({ videoLoss }, STREAM_SECONDS);
    const statistics = viewing.stream.video.statistics();
    expect(statistics.injectedLosses / statistics.datagrams).toBeGreaterThan(0.012);
    // A quiet picture is one data packet and two of parity; lost parity needs no recovery.
    expect(statistics.recoveredShards).toBeGreaterThan(statistics.injectedLosses * 0.15);
    // What parity cannot cover is a matter of chance; it must be rare, and be followed by a clean picture.
    expect(statistics.lostFrames).toBeLessThanOrEqual(viewing.frames.length * 0.01);
    expect(statistics.keyframeRequests).toBeLessThanOrEqual(statistics.lostFrames + 1);
    expect(unreadable(viewing)).toEqual([]);
    expectCountersRise(viewing);
    expectClean(viewing);
  });

  it('5 % of the sound comes back too', async () => {
    const stream = await client.stream(app, { ...MODE, audioLoss: { percentage: 5, seed: 3 } });
    await sleep(6000);
    await stream.close();
    await client.cancel();
    const { recovered, lost, packets } = stream.audio.counters;
    expect(stream.violations.list).toEqual([]);
    expect(recovered).toBeGreaterThan(packets * 0.03);
    expect(lost).toBeLessThan(recovered * 0.2);
  });

  it('more than parity covers: one keyframe, and the picture is clean again', async () => {
    const viewing = await watch({ videoLoss: { percentage: 12, burst: 8, seed: 5 } }, 8);
    const statistics = viewing.stream.video.statistics();
    expect(statistics.lostFrames).toBeGreaterThan(0);
    expect(statistics.keyframes).toBeGreaterThan(1);
    expect(unreadable(viewing)).toEqual([]);
    expect(statistics.frames).toBeGreaterThan((statistics.frames + statistics.lostFrames) * 0.5);
    expectCountersRise(viewing);
    expectClean(viewing);
  });

  it('the same with invalidated references', async () => {
    const viewing = await watch(
      { invalidation: true, videoLoss: { percentage: 12, burst: 8, seed: 5 } },
      8,
    );
    expect(viewing.stream.negotiated.invalidation).toBe(true);
    const statistics = viewing.stream.video.statistics();
    expect(statistics.invalidationRequests).toBeGreaterThan(0);
    expect(unreadable(viewing)).toEqual([]);
    expectCountersRise(viewing);
    expectClean(viewing);
  });
});

describe('an IDR request', () => {
  it('is answered within three frames', async () => {
    const viewing = new Viewing(await client.stream(app, MODE));
    const delays: number[] = [];
    const between: number[] = [];
    try {
      await viewing.started();
      await sleep(500);
      for (let i = 0; i < 25; i++) {
        const requestedAt = monotonicNow();
        const arrived = viewing.next((frame) => frame.keyframe, 'keyframe');
        viewing.stream.control.requestKeyframe();
        const keyframe = await arrived;
        delays.push(keyframe.firstPacketAt - requestedAt);
        between.push(
          viewing.frames.filter(
            (frame) => frame.firstPacketAt > requestedAt && frame.index < keyframe.index,
          ).length,
        );
        await sleep(100 + 7 * i);
      }
    } finally {
      await viewing.close();
      await client.cancel();
    }
    measured('test pattern: IDR request → first packet of the IDR', delays, 'p50 ≤ 15, p99 ≤ 25');
    expect(percentile(between, DEMAND_GOALS ? 1 : 0.5)).toBeLessThan(3);
    expectClean(viewing);
    if (!DEMAND_GOALS) return;
    expect(percentile(delays, 0.5)).toBeLessThan(15);
    expect(percentile(delays, 0.99)).toBeLessThan(25);
  });

  it('repeated before the picture is out becomes one keyframe', async () => {
    const viewing = new Viewing(await client.stream(app, MODE));
    try {
      await viewing.started();
      await sleep(500);
      const before = viewing.stream.video.statistics().keyframes;
      for (let i = 0; i < 10; i++) viewing.stream.control.requestKeyframe();
      const more = (): number => viewing.stream.video.statistics().keyframes - before;
      await until(
        () => (more() > 0 ? true : undefined),
        20_000,
        () => 'no keyframe',
      );
      await sleep(1000);
      expect(more()).toBeLessThanOrEqual(DEMAND_GOALS ? 2 : 5);
    } finally {
      await viewing.close();
      await client.cancel();
    }
  });
});
