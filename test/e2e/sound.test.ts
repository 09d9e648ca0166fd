import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StreamOptions } from '../../server/src/client/stream.ts';
import { DEMAND_GOALS } from './support/duration.ts';
import { SoundDesktop } from './support/sound-desktop.ts';
import { expectCleanTone, expectOwnTone, TONES, windowsOf } from './support/tones.ts';
import { XPattern } from './support/x-server.ts';

let desktop: SoundDesktop;
let pattern: XPattern;
beforeAll(async () => {
  desktop = await SoundDesktop.start();
  pattern = await XPattern.start(desktop.screen.display, 30);
});
afterAll(async () => {
  await pattern?.close();
  await desktop?.close();
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
    const { sound, client, app } = desktop;
    const before = await sound.defaultSink();
    const tones = TONES.slice(0, options.channels);
    const prepared = sound.prepare(tones, 8);
    const stream = await client.stream(app, { ...MODE, ...options });
    // The virtual sink is the default for as long as somebody streams the desktop.
    await sound.isDefaultNoMore(before);
    const channels = await desktop.hear(stream, prepared);
    const { lost, packets: arrived } = stream.audio.counters;
    expect(lost).toBeLessThanOrEqual(DEMAND_GOALS ? 0 : arrived * 0.02);
    expect(channels).toHaveLength(tones.length);
    channels.forEach((samples, c) => {
      const windows = windowsOf(samples);
      expectOwnTone(windows, c, tones);
      if (DEMAND_GOALS) {
        expectCleanTone(windows, c, tones[c]!, stream.negotiated.highQualityAudio);
      }
    });
    await sound.isDefault(before);
  });
});
