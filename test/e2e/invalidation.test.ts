import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { FRAME_AFTER_INVALIDATION } from '../../server/src/client/video/access-unit.ts';
import { portsFrom } from '../../server/src/gamestream/ports.ts';
import { DEMAND_GOALS } from './support/duration.ts';
import { expectClean, expectCountersRise, unreadable } from './support/expectations.ts';
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

/** Few frames a second, so that the four that an encoder remembers last until a busy host is told of the loss. */
const FPS = 10;
/** Milliseconds: a frame or two. */
const DARK = 120;
const WANTED = 5;
const MOST_LOSSES = 30;

it('a lost frame is forgotten: the stream goes on from an older one, without a keyframe', async () => {
  const app = (await client.app('Test pattern')).id;
  const link = await Link.open(portsFrom(host.base).video, {});
  const viewing = new Viewing(
    await client.stream(app, {
      width: 1280,
      height: 720,
      fps: FPS,
      invalidation: true,
      videoPort: link.port,
    }),
  );
  let lost = 0;
  viewing.stream.video.on('lost', () => lost++);
  const healed = (): number =>
    viewing.received.filter(({ type }) => type === FRAME_AFTER_INVALIDATION).length;
  try {
    await viewing.started();
    expect(viewing.stream.negotiated.invalidation).toBe(true);
    for (let loss = 0; loss < MOST_LOSSES && healed() < WANTED; loss++) {
      link.darken(DARK);
      await sleep(1000);
    }
  } finally {
    await viewing.close();
    await link.close();
    await client.cancel();
  }
  const keyframes = viewing.received.filter(({ keyframe }) => keyframe).length - 1;
  console.log(`${lost} losses: ${healed()} healed without a keyframe, ${keyframes} with one`);
  expect(healed()).toBeGreaterThanOrEqual(WANTED);
  if (DEMAND_GOALS) expect(keyframes).toBe(0);
  expect(unreadable(viewing)).toEqual([]);
  expectCountersRise(viewing);
  expectClean(viewing);
});
