import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionJson } from '../../server/src/admin/resources/session-shapes.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { expectClean, expectEveryFrame } from './support/expectations.ts';
import type { HostUnderTest } from './support/host-under-test.ts';
import { until } from './support/processes.ts';
import { ScreenDesktop } from './support/screen-desktop.ts';
import { Viewing } from './support/viewing.ts';

let desktop: ScreenDesktop;
let host: HostUnderTest;
let clients: GameStreamClient[];
beforeAll(async () => {
  desktop = await ScreenDesktop.start(640, 360, 30);
  ({ host } = desktop);
  clients = [await host.pairedClient(), await host.pairedClient()];
});
afterAll(async () => {
  await desktop?.close();
});

const MODE = { width: 640, height: 360, fps: 30 };

async function encodeViewers(): Promise<(number | undefined)[]> {
  const { stdout } = await host.ctl('sessions', 'list', '--json');
  const { sessions } = JSON.parse(stdout) as { sessions: SessionJson[] };
  return sessions.map(({ figures }) => figures.encodeViewers);
}

const keyframesOf = (viewing: Viewing): number => viewing.stream.video.statistics().keyframes;

it('two viewers of one desktop share an encode, until one of them needs keyframes all the time', async () => {
  const [calm, restless] = clients as [GameStreamClient, GameStreamClient];
  const app = (await calm.app('Desktop')).id;
  const viewings: Viewing[] = [];
  try {
    for (const client of [calm, restless]) {
      const viewing = new Viewing(await client.stream(app, MODE));
      viewings.push(viewing);
      await viewing.started();
    }
    const [first, second] = viewings as [Viewing, Viewing];
    await until(
      async () => ((await encodeViewers()).join() === '2,2' ? true : undefined),
      30_000,
      () => 'the two viewers never shared an encode',
    );
    await sleep(1000);

    const ask = async (): Promise<void> => {
      second.stream.control.requestKeyframe();
      await sleep(300);
    };
    // Four or so until it is given an encoder of its own, and one or two while that opens.
    for (let asked = 0; (await encodeViewers()).join() !== '1,1'; asked++) {
      expect(asked, 'requests, and the two share an encode still').toBeLessThan(60);
      await ask();
    }
    await sleep(1000);
    const before = viewings.map(keyframesOf);
    const since = (which: number): number => keyframesOf(viewings[which]!) - before[which]!;
    for (let asked = 0; since(1) < 8; asked++) {
      expect(asked, 'requests that got no keyframe').toBeLessThan(60);
      await ask();
    }
    // A busy host may have left a frame out, which is followed by one too.
    expect(since(0)).toBeLessThanOrEqual(2);
    await sleep(500);
    expectEveryFrame(first);
    for (const viewing of viewings) expectClean(viewing);
  } finally {
    await Promise.all(viewings.map((viewing) => viewing.close()));
    await Promise.all(clients.map((client) => client.cancel()));
  }
});
