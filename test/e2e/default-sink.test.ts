import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { StreamOptions } from '../../server/src/client/stream.ts';
import { until } from './support/processes.ts';
import { SoundDesktop } from './support/sound-desktop.ts';
import type { SoundSession } from './support/sound-session.ts';
import { expectOwnTone, TONES, windowsOf } from './support/tones.ts';

// What becomes of the sink that the owner chose, with two pairs of speakers to choose from.

let desktop: SoundDesktop;
let sound: SoundSession;
beforeAll(async () => {
  desktop = await SoundDesktop.start(['speakers', 'headphones']);
  sound = desktop.sound;
});
afterAll(() => desktop?.close());
// The one that the session manager would not take by itself, whichever that is.
let chosen: string;
beforeEach(async () => {
  chosen = (await sound.defaultSink()) === 'speakers' ? 'headphones' : 'speakers';
  await sound.choose(chosen);
});

const MODE: StreamOptions = { width: 640, height: 360, fps: 30 };

it('a host that is killed while it streams gives the sink back when it runs again', async () => {
  const { client, app, host } = desktop;
  const stream = await client.stream(app, MODE);
  await sound.isDefaultNoMore(chosen);
  const ours = await sound.chosenSink();
  await host.kill();
  await stream.vanish();
  // Nobody is left who could have put it back.
  expect(await sound.chosenSink()).toBe(ours);
  expect(ours).not.toBe(chosen);

  await host.startAgain();
  await until(
    async () => ((await sound.chosenSink()) === chosen ? true : undefined),
    30_000,
    () => `the sink was not given back\n${host.process.output.slice(-3000)}`,
  );
  await sound.isDefault(chosen);
  expect((await sound.sinks()).sort()).toEqual(['headphones', 'speakers']);
});

it('a client that wants the host to be heard hears what its speakers play, and they stay the default', async () => {
  const tones = TONES.slice(0, 2);
  const prepared = sound.prepare(tones, 8);
  const { client, app } = desktop;
  const stream = await client.stream(app, { ...MODE, bitrateKbps: 20_000, playOnHost: true });
  const channels = await desktop.hear(stream, prepared, async () => {
    expect(await sound.defaultSink()).toBe(chosen);
    expect((await sound.sinks()).sort()).toEqual(['headphones', 'speakers']);
  });
  channels.forEach((samples, c) => expectOwnTone(windowsOf(samples), c, tones));
});
