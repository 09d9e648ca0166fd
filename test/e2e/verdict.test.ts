import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RecordingJson } from '../../server/src/admin/resources/capture-shapes.ts';
import type { SessionJson } from '../../server/src/admin/resources/session-shapes.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { portsFrom } from '../../server/src/gamestream/ports.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { Link } from './support/link.ts';
import { until } from './support/processes.ts';
import { Viewing } from './support/viewing.ts';

let host: HostUnderTest;
let client: GameStreamClient;
beforeAll(async () => {
  host = await HostUnderTest.start();
  client = await host.pairedClient();
});
afterAll(() => host?.close());

async function ask<T>(...words: string[]): Promise<T> {
  return JSON.parse((await host.ctl(...words, '--json')).stdout) as T;
}

type Verdict = NonNullable<SessionJson['verdict']>;

/** Until the stream's verdict is one that fits. */
function verdict(fits: (verdict: Verdict) => boolean): Promise<Verdict> {
  let last: Verdict | undefined;
  return until(
    async () => {
      last = (await ask<{ sessions: SessionJson[] }>('sessions', 'list')).sessions[0]?.verdict;
      return last && fits(last) ? last : undefined;
    },
    60_000,
    () => `it is still ${JSON.stringify(last)}`,
  );
}

it('names the network where packets are lost, and a summary remembers it', async () => {
  const app = (await client.app('Test pattern')).id;
  const link = await Link.open(portsFrom(host.base).video, { loss: 8, seed: 11 });
  const viewing = new Viewing(
    await client.stream(app, {
      width: 640,
      height: 360,
      fps: 30,
      bitrateKbps: 4_000,
      videoPort: link.port,
    }),
  );
  try {
    await viewing.started();
    const found = await verdict(({ stage }) => stage === 'network');
    expect(found.sentence).toMatch(/^The network (loses|carries) /);
    expect(found.severity).not.toBe('good');
  } finally {
    await viewing.close();
    await link.close();
    await client.cancel();
  }
  const summary = await until(
    async () =>
      (await ask<{ recordings: RecordingJson[] }>('recordings', 'list')).recordings.find(
        (one) => 'header' in one && one.header.kind === 'summary',
      ),
    20_000,
    () => 'no summary was kept',
  );
  expect(summary).toMatchObject({
    header: {
      identity: { app: { title: 'Test pattern' }, source: 'test-pattern', video: { width: 640 } },
    },
  });
});

it('names the device where it asks for keyframes though nothing is lost', async () => {
  const viewing = new Viewing(
    await client.stream((await client.app('Test pattern')).id, {
      width: 640,
      height: 360,
      fps: 30,
    }),
  );
  let asking: NodeJS.Timeout | undefined;
  try {
    await viewing.started();
    asking = setInterval(() => viewing.stream.control.requestKeyframe(), 700);
    expect((await verdict(({ stage }) => stage === 'client')).code).toBe('decoder-behind');
  } finally {
    clearInterval(asking);
    await viewing.close();
    await client.cancel();
  }
});
