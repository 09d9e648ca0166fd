import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionJson } from '../../server/src/admin/resources/session-shapes.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { portsFrom } from '../../server/src/gamestream/ports.ts';
import { expectClean, expectCountersRise } from './support/expectations.ts';
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

/** Per cent of the packets; much more than the fifth of parity that a stream begins with brings back. */
const LOSS = { loss: 12, burst: 2, seed: 41 };

async function session(): Promise<SessionJson | undefined> {
  const { stdout } = await host.ctl('sessions', 'list', '--json');
  return (JSON.parse(stdout) as { sessions: SessionJson[] }).sessions[0];
}

async function throughLoss(watching: () => Promise<void>): Promise<void> {
  const app = (await client.app('Test pattern')).id;
  const link = await Link.open(portsFrom(host.base).video, LOSS);
  const viewing = new Viewing(
    await client.stream(app, {
      ...{ width: 1280, height: 720, fps: 60 },
      bitrateKbps: 10_000,
      videoPort: link.port,
    }),
  );
  try {
    await viewing.started();
    await watching();
  } finally {
    await viewing.close();
    await link.close();
    await client.cancel();
  }
  expectCountersRise(viewing);
  expectClean(viewing);
}

it('a stream that loses packets gets more parity, and says so', async () => {
  await throughLoss(async () => {
    const raised = await until(
      async () => {
        const { figures } = (await session()) ?? {};
        return (figures?.fecPercentage ?? 0) > 20 ? figures : undefined;
      },
      60_000,
      () => 'its parity stays as it was',
    );
    expect(raised.fecPercentage).toBeLessThanOrEqual(50);
  });
});

it('but not for a device whose owner switched that off', async () => {
  const { fingerprint } = client.identity.certificate;
  await host.ctl('clients', 'set', fingerprint, '--adaptive', 'off');
  await throughLoss(async () => {
    await sleep(6000);
    const { figures } = (await session())!;
    expect(figures.fecPercentage).toBe(20);
  });
});
