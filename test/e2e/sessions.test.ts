import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GRACEFUL } from '../../server/src/client/control/host-messages.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { HostRefused } from '../../server/src/client/host-requests.ts';
import { openStream, type StreamOptions } from '../../server/src/client/stream.ts';
import { expectClean, expectEveryFrame } from './support/expectations.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { until } from './support/processes.ts';
import { Viewing } from './support/viewing.ts';

let host: HostUnderTest;
let client: GameStreamClient;
let second: GameStreamClient;
let app: number;
beforeAll(async () => {
  host = await HostUnderTest.start();
  client = await host.pairedClient();
  second = await host.pairedClient();
  app = (await client.app('Test pattern')).id;
});
afterAll(() => host?.close());

const open: Viewing[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((viewing) => viewing.close()));
  await Promise.all([client.cancel(), second.cancel()]);
});

const MODE: StreamOptions = { width: 1280, height: 720, fps: 60 };

async function watch(who: GameStreamClient, options: StreamOptions = MODE): Promise<Viewing> {
  const viewing = new Viewing(await who.stream(app, options));
  open.push(viewing);
  await viewing.started();
  return viewing;
}

describe('one client', () => {
  it('disconnects, finds its app running, and resumes with another mode', async () => {
    const first = await watch(client);
    expect((await client.info()).currentGame).toBe(app);
    await sleep(500);
    await first.close();
    expectClean(first);
    expect((await client.info()).currentGame).toBe(app);

    const again = await watch(client, { width: 1024, height: 576, fps: 30, channels: 6 });
    await sleep(1000);
    expectClean(again);
    expectEveryFrame(again);
    expect(again.frames[0]!.index).toBe(1);
  });

  it('takes over from itself when the old connection died without a word', async () => {
    const lost = await watch(client);
    await lost.vanish();
    const again = await watch(client);
    await sleep(1000);
    expectClean(again);
    expectEveryFrame(again);
  });

  it('takes over from itself while the old connection is alive', async () => {
    const old = await watch(client);
    const ended = once(old.stream, 'ended');
    const launch = await client.resume(app, MODE);
    const again = new Viewing(await openStream('127.0.0.1', launch, MODE));
    open.push(again);
    await again.started();
    await ended;
    await sleep(500);
    expectClean(again);
    expectEveryFrame(again);
  });

  it('quits: the stream ends with the graceful code and the host is free', async () => {
    const viewing = await watch(client);
    const ended = once(viewing.stream, 'ended') as Promise<[number | undefined]>;
    expect(await client.cancel()).toBe(true);
    expect((await client.info()).busy).toBe(false);
    expect((await ended)[0]).toBe(GRACEFUL);
    expect(await client.cancel()).toBe(true);
  });

  it('is refused /resume while nothing runs, and another app while one does', async () => {
    await expect(client.resume(app, MODE)).rejects.toMatchObject({ status: 503 });
    const viewing = await watch(client);
    const desktop = (await client.app('Desktop')).id;
    await expect(client.launch(desktop, MODE)).rejects.toBeInstanceOf(HostRefused);
    await sleep(300);
    expectClean(viewing);
  });

  it('leaves the host free after a launch that nobody followed up, or can resume it', async () => {
    await client.launch(app, MODE);
    // The same client may try again at once, whatever became of the first try.
    const viewing = await watch(client);
    await sleep(300);
    expectClean(viewing);
  });

  it('that is gone is noticed within ENet’s limits, and its app stays', async () => {
    const lost = await watch(client);
    const gone = performance.now();
    await lost.vanish();
    await until(
      async () => {
        const { stdout } = await host.ctl('sessions', 'list', '--json');
        const { sessions } = JSON.parse(stdout) as { sessions: { state: string }[] };
        return sessions.some(({ state }) => state === 'streaming') ? undefined : true;
      },
      25_000,
      () => 'it streams on',
    );
    // Ten seconds are the rule.
    expect(performance.now() - gone).toBeGreaterThan(9000);
    expect((await client.info()).currentGame).toBe(app);
  });
});

describe('two clients', () => {
  it('watch two streams at once, each free or busy by itself', async () => {
    const one = await watch(client);
    expect((await second.info()).currentGame).toBe(0);
    const other = await watch(second);
    await sleep(2000);
    for (const viewing of [one, other]) {
      expectClean(viewing);
      expectEveryFrame(viewing);
    }
    await second.cancel();
    await sleep(300);
    expect((await client.info()).currentGame).toBe(app);
    // The stream of the other goes on.
    const before = one.frames.length;
    await until(
      () => (one.frames.length > before + 20 ? true : undefined),
      30_000,
      () => `only ${one.frames.length - before} frames more`,
    );
    expectClean(one);
  });
});

describe('the owner', () => {
  it('ends a session, and the client is told', async () => {
    const viewing = await watch(client);
    const ended = once(viewing.stream, 'ended') as Promise<[number | undefined]>;
    const list = JSON.parse((await host.ctl('sessions', 'list', '--json')).stdout) as unknown;
    const id = /"id":(\d+)/.exec(JSON.stringify(list))![1]!;
    await host.ctl('sessions', 'end', id);
    expect((await ended)[0]).toBe(GRACEFUL);
  });

  it('removes a device, and its stream ends at once', async () => {
    const doomed = await host.pairedClient();
    const viewing = await watch(doomed);
    const ended = once(viewing.stream, 'ended');
    await host.ctl('clients', 'remove', doomed.identity.certificate.fingerprint);
    await ended;
    await expect(doomed.info()).rejects.toMatchObject({ status: 401 });
  });
});
