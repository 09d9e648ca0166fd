import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { decodeOpus } from '../../server/src/client/audio/opus-decoder.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import type { StreamOptions } from '../../server/src/client/stream.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { until } from './support/processes.ts';
import { SoundSession } from './support/sound-session.ts';
import { expectOwnTone, TONES, windowsOf } from './support/tones.ts';
import { XServer } from './support/x-server.ts';

// What becomes of the sink that the owner chose, with two pairs of speakers to choose from.

let sound: SoundSession;
let screen: XServer;
let host: HostUnderTest;
let client: GameStreamClient;
let app: number;
beforeAll(async () => {
  sound = await SoundSession.start();
  await sound.addSpeakers('speakers');
  await sound.addSpeakers('headphones');
  screen = await XServer.start(640, 360);
  host = await HostUnderTest.start({
    environment: { ...sound.environment, DISPLAY: screen.display },
  });
  client = await host.pairedClient();
  app = (await client.app('Desktop')).id;
});
afterAll(async () => {
  await host?.close();
  await screen?.close();
  await sound?.close();
});
// The one that the session manager would not take by itself, whichever that is.
let chosen: string;
beforeEach(async () => {
  chosen = (await sound.defaultSink()) === 'speakers' ? 'headphones' : 'speakers';
  await sound.choose(chosen);
});

const MODE: StreamOptions = { width: 640, height: 360, fps: 30 };

it('a host that is killed while it streams gives the sink back when it runs again', async () => {
  const stream = await client.stream(app, MODE);
  await until(
    async () => ((await sound.defaultSink()) !== chosen ? true : undefined),
    30_000,
    () => `the default sink is still ${chosen}`,
  );
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
  await until(
    async () => ((await sound.defaultSink()) === chosen ? true : undefined),
    30_000,
    () => 'nobody plays to it',
  );
  expect((await sound.sinks()).sort()).toEqual(['headphones', 'speakers']);
});

it('a client that wants the host to be heard hears what its speakers play, and they stay the default', async () => {
  const tones = TONES.slice(0, 2);
  const prepared = sound.prepare(tones, 8);
  const stream = await client.stream(app, { ...MODE, bitrateKbps: 20_000, playOnHost: true });
  const packets: Buffer[] = [];
  const player = sound.play(prepared);
  try {
    await sleep(1500);
    stream.audio.on('packet', ({ opus }) => opus && packets.push(opus));
    await sleep(2500);
    expect(await sound.defaultSink()).toBe(chosen);
    expect((await sound.sinks()).sort()).toEqual(['headphones', 'speakers']);
    expect(player.output).toBe('');
  } finally {
    await stream.close();
    await client.cancel();
    await player.close();
  }
  expect(stream.violations.list).toEqual([]);
  const { layout, wish } = stream.negotiated;
  const channels = await decodeOpus(packets, layout, wish.packetDuration);
  channels.forEach((samples, c) => expectOwnTone(windowsOf(samples), c, tones));
});
