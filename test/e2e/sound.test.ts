import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeOpus } from '../../server/src/client/audio/opus-decoder.ts';
import { measureTone } from '../../server/src/client/audio/tone.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import type { StreamOptions } from '../../server/src/client/stream.ts';
import { DEMAND_GOALS } from './support/duration.ts';
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
/** of the player's sines, full scale is 1 */
const AMPLITUDE = 0.25;
/** Samples of a fifth of a second: long enough for 60 Hz, and one gap on a busy machine spoils one. */
const WINDOW = 9600;

function windowsOf(samples: Float32Array): Float32Array[] {
  return Array.from({ length: Math.floor(samples.length / WINDOW) }, (_, i) =>
    samples.subarray(i * WINDOW, (i + 1) * WINDOW),
  );
}

/** Pairs that may be coupled are far apart: in one band of a low bitrate Opus lets one leak into the other. */
const TONES = [300, 1100, 500, 60, 700, 1700, 900, 2300];

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
      5000,
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
    expect(stream.audio.counters.lost).toBe(0);
    const duration = stream.negotiated.wish.packetDuration;
    const channels = await decodeOpus(packets, stream.negotiated.layout, duration);
    expect(channels).toHaveLength(tones.length);
    // Opus at 48 kbit/s a channel and 5 ms leaves a pure tone with noise of a tenth; high quality is exact where
    // PipeWire gets its turns in time, and on a busy machine a window with a click has a few hundredths.
    const limits = !stream.negotiated.highQualityAudio
      ? { amplitude: 0.08, noise: 0.13 }
      : DEMAND_GOALS
        ? { amplitude: 0.01, noise: 0.01 }
        : { amplitude: 0.02, noise: 0.05 };
    channels.forEach((samples, c) => {
      // The decoder's first packets have no history.
      const windows = windowsOf(samples.subarray(9600)).map((window) => measureTone(window));
      const clean = windows.filter(
        (tone) =>
          Math.abs((tone.frequency ?? 0) - tones[c]!) < 2 &&
          Math.abs(tone.amplitude - AMPLITUDE) < limits.amplitude &&
          tone.rest < limits.noise,
      );
      const share = clean.length / windows.length;
      expect(share, `channel ${c}: ${JSON.stringify(windows.slice(0, 5))}`).toBeGreaterThan(
        DEMAND_GOALS ? 0.99 : 0.5,
      );
    });
    await until(
      async () => ((await sound.defaultSink()) === before ? true : undefined),
      5000,
      () => 'the default sink was not given back',
    );
  });
});
