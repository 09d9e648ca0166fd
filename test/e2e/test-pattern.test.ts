import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpusPacket } from '../../server/src/client/audio/audio-receiver.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import type { StreamOptions } from '../../server/src/client/stream.ts';
import { parseSequenceParameters } from '../../server/src/client/video/sequence-parameters.ts';
import { DEMAND_GOALS } from './support/duration.ts';
import { expectClean, expectEveryFrame } from './support/expectations.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { percentile } from './support/measures.ts';
import { until } from './support/processes.ts';
import { Viewing } from './support/viewing.ts';

let host: HostUnderTest;
let client: GameStreamClient;
let app: number;
beforeAll(async () => {
  host = await HostUnderTest.start();
  client = await host.pairedClient();
  app = (await client.app('Test pattern')).id;
});
afterAll(() => host?.close());

const MODE = { width: 1280, height: 720, fps: 60 };

/** Streams for a while, until so many frames at least were decoded, and quits. */
async function watch(options: StreamOptions, seconds: number, frames = 1): Promise<Viewing> {
  const viewing = new Viewing(await client.stream(app, options));
  try {
    await viewing.started();
    await sleep(seconds * 1000);
    await viewing.reached(frames);
  } finally {
    await viewing.close();
    await client.cancel();
  }
  return viewing;
}

// The host demands sealed control and sound of whoever can; only clients from before that are left in clear.
const combinations: readonly (readonly [string, Partial<StreamOptions>, string, number])[] = [
  ['sealed RTSP, everything sealed', {}, 'rtspenc', 7],
  ['sealed RTSP, video in clear', { encryption: 0 }, 'rtspenc', 5],
  ['plain RTSP of an old client, video sealed', { encryptedRtsp: false, encryption: 2 }, 'rtsp', 7],
  [
    'plain RTSP of an old client, legacy control, everything else in clear',
    { encryptedRtsp: false, encryption: 0, ignoresDemands: true },
    'rtsp',
    0,
  ],
];

describe.each(combinations)('%s', (_, options, scheme, encryption) => {
  it('every frame arrives, in order and as a stock client wants it', async () => {
    const launch = await client.launch(app, { ...MODE, ...options });
    expect(launch.url.split(':')[0]).toBe(scheme);
    expect(launch.url).toMatch(new RegExp(`:${host.base + 21}$`));
    await client.cancel();

    const viewing = await watch({ ...MODE, ...options }, 3, 90);
    expect(viewing.stream.negotiated.wish.encryption).toBe(encryption);
    expectClean(viewing);
    expectEveryFrame(viewing);
    expect(viewing.frames[0]!.index).toBe(1);
    if (!DEMAND_GOALS) return;
    // Three seconds at sixty; the first frames of a stream may take their time.
    expect(viewing.frames.length).toBeGreaterThan(150);
    expect(viewing.frames[0]!.stamp!.counter).toBeLessThan(5);
  });
});

it('works over IPv6 too', async () => {
  const over6 = await host.pairedClient('::1');
  const launch = await over6.launch(app, MODE);
  expect(launch.url).toBe(`rtspenc://[::1]:${host.base + 21}`);
  await over6.cancel();
  const viewing = new Viewing(await over6.stream(app, MODE));
  await viewing.started();
  await sleep(1000);
  await viewing.close();
  await over6.cancel();
  expectClean(viewing);
  expectEveryFrame(viewing);
});

describe('the picture is what was asked for', () => {
  it.each([
    ['1080p30', { width: 1920, height: 1080, fps: 30 }, 30],
    ['an odd size', { width: 854, height: 480, fps: 60 }, 60],
    ['720p at 59.94', { ...MODE, refreshRateX100: 5994 }, 59.94],
  ])('%s', async (_, mode, rate) => {
    const viewing = await watch(mode, 3, 90);
    expectClean(viewing);
    expectEveryFrame(viewing);
    const sps = parseSequenceParameters(viewing.received[0]!.sps!);
    expect(sps).toMatchObject({
      width: mode.width,
      height: mode.height,
      chroma: '4:2:0',
      bitDepth: 8,
    });
    expect(sps.reorderFrames ?? 0).toBe(0);
    // The median of many spans of thirty frames: a slot that a busy machine missed does not count.
    const drawn = viewing.frames.slice(30).map((frame) => frame.stamp!.drawnAt);
    const spans = drawn.slice(30).map((time, i) => time - drawn[i]!);
    const measured = 30_000 / percentile(spans, 0.5);
    expect(Math.abs(measured - rate)).toBeLessThan(rate * (DEMAND_GOALS ? 0.0005 : 0.2));
  });

  it('4:4:4', async () => {
    const viewing = await watch({ ...MODE, chroma444: true }, 2);
    expectClean(viewing);
    expectEveryFrame(viewing);
    expect(parseSequenceParameters(viewing.received[0]!.sps!)).toMatchObject({ chroma: '4:4:4' });
  });

  it.each([
    ['601 limited', 0, { fullRange: false, matrix: 6 }],
    ['601 full', 1, { fullRange: true, matrix: 6 }],
    ['709 limited', 2, { fullRange: false, matrix: 1 }],
    ['709 full', 3, { fullRange: true, matrix: 1 }],
  ])('in colours %s', async (_, cscMode, expected) => {
    const viewing = await watch({ ...MODE, cscMode }, 0.5);
    const sps = parseSequenceParameters(viewing.received[0]!.sps!);
    expect(sps.fullRange ?? false).toBe(expected.fullRange);
    // BT.601 is told as 5 (625 lines) or 6 (525 lines), which are the same matrix.
    expect(sps.matrix === 5 ? 6 : sps.matrix).toBe(expected.matrix);
    expectClean(viewing);
  });

  it.each([1, 4])('in at least %i slices', async (slices) => {
    const viewing = await watch({ ...MODE, slices }, 0.5);
    expect(Math.min(...viewing.received.map((frame) => frame.slices))).toBeGreaterThanOrEqual(
      slices,
    );
    expectClean(viewing);
  });

  it('with one reference frame for a client that wants one', async () => {
    const viewing = await watch(MODE, 0.5);
    expect(viewing.stream.negotiated.wish.referenceFrames).toBe(1);
    expect(parseSequenceParameters(viewing.received[0]!.sps!).referenceFrames).toBe(1);
  });

  it('in the packets of a remote client', async () => {
    const viewing = await watch({ ...MODE, packetSize: 1024 }, 1);
    expectClean(viewing);
    expectEveryFrame(viewing);
  });

  it('within the bitrate', async () => {
    const viewing = await watch({ ...MODE, bitrateKbps: 5000 }, 4);
    const { bytes } = viewing.stream.video.statistics();
    const span = viewing.frames.at(-1)!.completedAt - viewing.frames[0]!.completedAt;
    expect((bytes * 8) / span).toBeLessThan(5000 * 1.1);
    expectClean(viewing);
  });
});

describe('sound without a source', () => {
  it.each([
    ['5 ms', 5 as const],
    ['10 ms', 10 as const],
  ])('is silence on an exact clock, %s', async (_, packetDuration) => {
    const stream = await client.stream(app, { ...MODE, packetDuration });
    const packets: OpusPacket[] = [];
    stream.audio.on('packet', (packet) => packets.push(packet));
    await sleep(3000);
    await until(
      () => (packets.length >= 2000 / packetDuration ? true : undefined),
      30_000,
      () => `only ${packets.length} packets`,
    );
    await stream.close();
    await client.cancel();
    expect(stream.violations.list).toEqual([]);
    expect(stream.audio.counters.lost).toBe(0);
    expect(stream.audio.firstSequence).toBe(0);
    const first = packets[0]!.sequence;
    expect(packets.map((packet) => packet.sequence - first)).toEqual([...packets.keys()]);
    // The median of many spans of a hundred packets: a turn that a busy machine missed does not count.
    const spans = packets
      .slice(100)
      .map((packet, i) => (packet.receivedAt - packets[i]!.receivedAt) / 100);
    expect(Math.abs(percentile(spans, 0.5) - packetDuration)).toBeLessThan(packetDuration * 0.02);
  });
});
