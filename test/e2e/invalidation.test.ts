import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { FRAME_AFTER_INVALIDATION } from '../../server/src/client/video/access-unit.ts';
import { portsFrom } from '../../server/src/gamestream/ports.ts';
import { DEMAND_GOALS } from './support/duration.ts';
import { expectClean, expectCountersRise } from './support/expectations.ts';
import { HostUnderTest } from './support/host-under-test.ts';
import { Link } from './support/link.ts';
import { Viewing } from './support/viewing.ts';

let host: HostUnderTest;
let client: GameStreamClient;
beforeAll(async () => {
  host = await HostUnderTest.start();
  client = await host.pairedClient();
});
afterAll(() => host?.close());

const LOSSES = 12;
/** Milliseconds: a frame or two at sixty a second. */
const DARK = 20;

it('a lost frame is forgotten: the stream goes on from an older one, without a keyframe', async (context) => {
  const app = (await client.app('Test pattern')).id;
  const link = await Link.open(portsFrom(host.base).video, {});
  const viewing = new Viewing(
    await client.stream(app, {
      width: 1280,
      height: 720,
      fps: 60,
      invalidation: true,
      videoPort: link.port,
    }),
  );
  let lost = 0;
  viewing.stream.video.on('lost', () => lost++);
  try {
    await viewing.started();
    if (!viewing.stream.negotiated.invalidation) return context.skip();
    for (let loss = 0; loss < LOSSES; loss++) {
      await sleep(400);
      link.darken(DARK);
    }
    await sleep(1000);
  } finally {
    await viewing.close();
    await link.close();
    await client.cancel();
  }
  expect(lost).toBeGreaterThan(LOSSES / 4);
  const after = viewing.received.filter(({ type }) => type === FRAME_AFTER_INVALIDATION);
  const keyframes = viewing.received.filter(({ keyframe }) => keyframe).length - 1;
  console.log(`${lost} losses: ${after.length} invalidations, ${keyframes} keyframes`);
  // A machine that is busy while a frame is lost may have used up the older frames by the time it is told.
  expect(after.length).toBeGreaterThan(0);
  expect(keyframes).toBeLessThan(DEMAND_GOALS ? 1 : lost);
  expect(viewing.frames.filter((frame) => !frame.stamp)).toEqual([]);
  expectCountersRise(viewing);
  expectClean(viewing);
});
