import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import type { StreamOptions } from '../../server/src/client/stream.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { expectApart, PrivateApp, PrivatePrograms } from './support/private-app.ts';
import { until } from './support/processes.ts';
import { SoundSession } from './support/sound-session.ts';
import { Viewing } from './support/viewing.ts';

// Sessions of a device's own with what runs as root and without a graphics card: Xvfb. The others: test/desktops.

let sound: SoundSession;
let programs: PrivatePrograms;
let host: HostUnderTest;
let first: GameStreamClient;
let second: GameStreamClient;
const open: Viewing[] = [];
beforeAll(async () => {
  [sound, programs] = await Promise.all([SoundSession.start(), PrivatePrograms.make()]);
  // Whatever comes first is the default where there are no speakers.
  await sound.addSpeakers('speakers');
  await sound.choose('speakers');
  host = await HostUnderTest.start({ environment: sound.environment });
  first = await host.pairedClient();
  second = await host.pairedClient();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((viewing) => viewing.close()));
  await Promise.all([first.cancel(), second.cancel()]);
});
afterAll(async () => {
  await host?.close();
  await programs?.close();
  await sound?.close();
});

async function watch(
  client: GameStreamClient,
  { title }: PrivateApp,
  mode: StreamOptions,
): Promise<Viewing> {
  const viewing = new Viewing(await client.stream((await client.app(title)).id, mode));
  open.push(viewing);
  await viewing.next(({ stamp }) => stamp !== undefined, `picture of ${title}`, 30_000);
  return viewing;
}

/** Processes that belong to private sessions. */
function left(): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8');
        const ours = `XDG_RUNTIME_DIR=${sound.environment['XDG_RUNTIME_DIR']}/earthshine/`;
        return environment.includes(ours)
          ? [readFileSync(`/proc/${name}/comm`, 'utf8').trim()]
          : [];
      } catch {
        return [];
      }
    });
}

const nothingIsLeft = (): Promise<true> =>
  until(
    () => left().length === 0 || undefined,
    20_000,
    () => `still there: ${left().join(', ')}`,
  );

it('two at once: each sees, hears and reaches only its own', async () => {
  const earlier = await PrivateApp.add(host, programs, 'private-x11', 'Earlier', 500);
  const later = await PrivateApp.add(host, programs, 'private-x11', 'Later', 1100);
  const one = await watch(first, earlier, { width: 854, height: 480, fps: 60 });
  const other = await watch(second, later, { width: 640, height: 360, fps: 30 });
  await expectApart(
    { viewing: one, app: earlier, key: 43 },
    { viewing: other, app: later, key: 43 },
  );
  expect(await sound.defaultSink()).toBe('speakers');

  await one.close();
  await first.cancel();
  await other.next(({ stamp }) => stamp !== undefined, 'picture after the other session ended');
  await other.close();
  await second.cancel();
  await nothingIsLeft();
});

it('one app, two devices: each has one of its own', async () => {
  const app = await PrivateApp.add(host, programs, 'private', 'Both', 700);
  await watch(first, app, { width: 640, height: 360, fps: 30 });
  await watch(second, app, { width: 800, height: 450, fps: 30 });
  expect(left().filter((name) => name === 'Xvfb')).toHaveLength(2);
});

it('a host that is killed leaves sessions running, which the next one ends', async () => {
  const app = await PrivateApp.add(host, programs, 'private-x11', 'Killed', 900);
  const viewing = await watch(first, app, { width: 640, height: 360, fps: 30 });
  expect(left()).toContain('Xvfb');
  await host.kill();
  await viewing.vanish();
  open.length = 0;
  expect(left()).toContain('Xvfb');
  await host.startAgain();
  await nothingIsLeft();
});

it('a kind that is not installed is named in the status', async () => {
  const { stdout } = await host.ctl('status');
  expect(stdout).toMatch(/Private session: gamescope.*gamescope is not installed/);
  expect(stdout).toMatch(/Private session: Xvfb.*started when an app wants it/);
});
