import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeOpus } from '../../server/src/client/audio/opus-decoder.ts';
import { measureTone } from '../../server/src/client/audio/tone.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import type { StreamOptions } from '../../server/src/client/stream.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { until } from './support/processes.ts';
import { SoundSession } from './support/sound-session.ts';
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
const TONES = [300, 400, 500, 60, 700, 800, 900, 1000];

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
    const stream = await client.stream(app, { ...MODE, ...options });
    const packets: Buffer[] = [];
    const tones = TONES.slice(0, options.channels);
    // The virtual sink is the default for as long as somebody streams the desktop.
    await until(
      async () => ((await sound.defaultSink()) !== before ? true : undefined),
      5000,
      () => `the default sink is still ${before}`,
    );
    const player = sound.play(tones, 8);
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
    expect(stream.audio.counters.lost).toBe(0);
    const duration = stream.negotiated.wish.packetDuration;
    const channels = await decodeOpus(packets, stream.negotiated.layout, duration);
    expect(channels).toHaveLength(tones.length);
    channels.forEach((samples, c) => {
      // The decoder's first packets have no history.
      const tone = measureTone(samples.subarray(9600));
      expect(Math.abs((tone.frequency ?? 0) - tones[c]!), `channel ${c}`).toBeLessThan(2);
      expect(tone.amplitude, `channel ${c}`).toBeGreaterThan(0.2);
      expect(tone.amplitude, `channel ${c}`).toBeLessThan(0.3);
      expect(tone.rest, `channel ${c}`).toBeLessThan(0.04);
    });
    await until(
      async () => ((await sound.defaultSink()) === before ? true : undefined),
      5000,
      () => 'the default sink was not given back',
    );
  });
});
