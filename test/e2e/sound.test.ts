import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeOpus } from '../../server/src/client/audio/opus-decoder.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import type { StreamOptions } from '../../server/src/client/stream.ts';
import { DEMAND_GOALS } from './support/duration.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { until } from './support/processes.ts';
import { SoundSession } from './support/sound-session.ts';
import { expectCleanTone, expectOwnTone, TONES, windowsOf } from './support/tones.ts';
import { XPattern, XServer } from './support/x-server.ts';

let sound: SoundSession;
let screen: XServer;
let pattern: XPattern;
let host: HostUnderTest;
let client: GameStreamClient;
let app: number;
beforeAll(async () => {
  sound = await SoundSession.start();
  screen = await XServer.start(640, 360);
  pattern = await XPattern.start(screen.display, 30);
  host = await HostUnderTest.start({
    environment: { ...sound.environment, DISPLAY: screen.display },
  });
  client = await host.pairedClient();
  app = (await client.app('Desktop')).id;
});
afterAll(async () => {
  await host?.close();
  await pattern?.close();
  await screen?.close();
  await sound?.close();
});

const MODE: StreamOptions = { width: 640, height: 360, fps: 30 };
const HIGH = 20_000;
const NORMAL = 10_000;
const layouts: readonly (readonly [string, Partial<StreamOptions>])[] = [
  ['stereo, normal', { channels: 2, bitrateKbps: NORMAL }],
  ['stereo, high, 10 ms', { channels: 2, bitrateKbps: HIGH, packetDuration: 10 }],
  ['stereo, in clear', { channels: 2, bitrateKbps: HIGH, encryption: 0, ignoresDemands: true }],
  ['5.1, normal', { channels: 6, bitrateKbps: NORMAL }],
  ['5.1, high', { channels: 6, bitrateKbps: HIGH }],
  ['7.1, normal', { channels: 8, bitrateKbps: NORMAL }],
  ['7.1, high', { channels: 8, bitrateKbps: HIGH }],
];

describe.each(layouts)('%s', (_, options) => {
  it('each channel plays its own tone', async () => {
    const before = await sound.defaultSink();
    const tones = TONES.slice(0, options.channels);
    const prepared = sound.prepare(tones, 8);
    const stream = await client.stream(app, { ...MODE, ...options });
    const packets: Buffer[] = [];
    // The virtual sink is the default for as long as somebody streams the desktop.
    await until(
      async () => ((await sound.defaultSink()) !== before ? true : undefined),
      20_000,
      () => `the default sink is still ${before}`,
    );
    const player = sound.play(prepared);
    try {
      await sleep(1500);
      stream.audio.on('packet', ({ opus }) => opus && packets.push(opus));
      await sleep(2500);
      expect(player.output).toBe('');
    } finally {
      await stream.close();
      await client.cancel();
      await player.close();
    }
    expect(stream.violations.list).toEqual([]);
    const { lost, packets: arrived } = stream.audio.counters;
    expect(lost).toBeLessThanOrEqual(DEMAND_GOALS ? 0 : arrived * 0.02);
    const duration = stream.negotiated.wish.packetDuration;
    const channels = await decodeOpus(packets, stream.negotiated.layout, duration);
    expect(channels).toHaveLength(tones.length);
    channels.forEach((samples, c) => {
      const windows = windowsOf(samples);
      expectOwnTone(windows, c, tones);
      if (DEMAND_GOALS) {
        expectCleanTone(windows, c, tones[c]!, stream.negotiated.highQualityAudio);
      }
    });
    await until(
      async () => ((await sound.defaultSink()) === before ? true : undefined),
      20_000,
      () => 'the default sink was not given back',
    );
  });
});
