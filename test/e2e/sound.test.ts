import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeOpus } from '../../server/src/client/audio/opus-decoder.ts';
import { amplitudeAt, measureTone } from '../../server/src/client/audio/tone.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import type { StreamOptions } from '../../server/src/client/stream.ts';
import { DEMAND_GOALS } from './support/duration.ts';
import { percentile } from './support/measures.ts';
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

/**
 * A channel carries its own tone and no other's. On a busy machine PipeWire misses turns, which spoils windows with
 * gaps and clicks, but puts no tone into a channel that is not its own; so medians over the windows decide.
 */
function expectOwnTone(windows: Float32Array[], c: number, tones: readonly number[]): void {
  const amplitudes = tones.map((tone) =>
    percentile(
      windows.map((window) => amplitudeAt(window, tone)),
      0.5,
    ),
  );
  const heard = `channel ${c}: ${amplitudes.map((one) => one.toFixed(4)).join(' ')}`;
  amplitudes.forEach((amplitude, of) => {
    if (of === c) expect(amplitude, heard).toBeGreaterThan(AMPLITUDE * 0.6);
    else expect(amplitude, heard).toBeLessThan(AMPLITUDE * 0.1);
  });
}

/** On a quiet machine every window is the player's sine, as far as the bitrate allows. */
function expectClean(windows: Float32Array[], c: number, tone: number, high: boolean): void {
  // Opus at 48 kbit/s a channel and 5 ms leaves a pure tone with noise of a tenth.
  const limits = high ? { amplitude: 0.01, noise: 0.01 } : { amplitude: 0.08, noise: 0.13 };
  const heard = windows.map((window) => measureTone(window));
  const clean = heard.filter(
    ({ frequency = 0, amplitude, rest }) =>
      Math.abs(frequency - tone) < 2 &&
      Math.abs(amplitude - AMPLITUDE) < limits.amplitude &&
      rest < limits.noise,
  );
  const share = clean.length / windows.length;
  expect(share, `channel ${c}: ${JSON.stringify(heard.slice(0, 5))}`).toBeGreaterThan(0.99);
}

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
    channels.forEach((samples, c) => {
      // The decoder's first packets have no history.
      const windows = windowsOf(samples.subarray(9600));
      expectOwnTone(windows, c, tones);
      if (DEMAND_GOALS) expectClean(windows, c, tones[c]!, stream.negotiated.highQualityAudio);
    });
    await until(
      async () => ((await sound.defaultSink()) === before ? true : undefined),
      5000,
      () => 'the default sink was not given back',
    );
  });
});
