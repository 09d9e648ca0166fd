import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { monotonicNow } from '../../server/src/client/clock.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { DEMAND_GOALS } from './support/duration.ts';
import { expectClean } from './support/expectations.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { measured, percentile, printMeasures } from './support/measures.ts';
import { until } from './support/processes.ts';
import { Viewing } from './support/viewing.ts';

const CRASHES = 5;

let host: HostUnderTest;
let client: GameStreamClient;
beforeAll(async () => {
  host = await HostUnderTest.start();
  client = await host.pairedClient();
});
afterAll(async () => {
  printMeasures();
  await host?.close();
});

it('a media process that is killed is replaced: the stream goes on with an IDR', async () => {
  const app = (await client.app('Test pattern')).id;
  const mode = { width: 1280, height: 720, fps: 60 };
  const viewing = new Viewing(await client.stream(app, mode));
  const gaps: number[] = [];
  let ended = false;
  viewing.stream.on('ended', () => {
    ended = true;
  });
  try {
    await viewing.started();
    for (let crash = 0; crash < CRASHES; crash++) {
      await sleep(2500);
      const pid = host.streamingProcess();
      const killedAt = monotonicNow();
      process.kill(pid, 'SIGKILL');
      // As received: a decoder that has to wait for its turn is not what is timed.
      const back = await until(
        () =>
          viewing.received.find(
            ({ keyframe, firstPacketAt }) => keyframe && firstPacketAt > killedAt,
          ),
        20_000,
        () => `no IDR after the crash\n${host.process.output.slice(-3000)}`,
      );
      gaps.push(back.firstPacketAt - killedAt);
      const old = viewing.received.filter((frame) => frame.index < back.index).at(-1)!;
      // The next unused number: whatever was taken before the crash was sent or is skipped.
      expect(back.index).toBeGreaterThan(old.index);
    }
    await sleep(1000);
  } finally {
    await viewing.close();
    await client.cancel();
  }
  measured('media process killed → first packet of the IDR', gaps, 'p50 ≤ 500, max < 2000');
  expect(ended).toBe(false);
  expect(percentile(gaps, DEMAND_GOALS ? 1 : 0.5)).toBeLessThan(2000);
  if (DEMAND_GOALS) expect(percentile(gaps, 0.5)).toBeLessThanOrEqual(500);
  expectClean(viewing);
});
