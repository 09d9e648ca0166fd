import { describe, expect, it } from 'vitest';

import { RoundTrip } from '../../../src/gamestream/enet/round-trip.ts';
import type { Path } from './network-path.ts';
import { simulate } from './simulation.ts';

const SET = 8_000;
const path: Path = { linkKbps: 100_000, queue: 50, roundTrip: 5 };

/** A device that stands still from 20 s on: once, or every 20 s. */
function stalls(seconds: number, times: number): (readonly [number, number])[] {
  return Array.from({ length: times }, (_, n) => {
    const from = 20_000 * (n + 1);
    return [from, from + seconds * 1000] as const;
  });
}

const DURATIONS = [0.4, 1, 2, 3, 5];

describe('a device that stands still', () => {
  it.each(DURATIONS.flatMap((seconds) => [1, 4].map((times) => ({ seconds, times }))))(
    'for $seconds s, $times times, keeps its bitrate',
    ({ seconds, times }) => {
      const { target } = simulate({
        path: { ...path, stalls: stalls(seconds, times) },
        configuredKbps: SET,
        seconds: 110,
        invalidation: true,
      });
      expect(target(5).least).toBe(SET);
    },
  );

  it.each(DURATIONS)(
    'for %d s on a link that loses a hundredth, is back within ten seconds',
    (seconds) => {
      const { seconds: course } = simulate({
        path: { ...path, loss: 0.01, stalls: stalls(seconds, 1) },
        configuredKbps: SET,
        seconds: 60,
        invalidation: true,
      });
      const after = course.slice(Math.ceil(20 + seconds + 10));
      expect(Math.min(...after.map(({ targetKbps }) => targetKbps))).toBeGreaterThan(SET * 0.95);
    },
  );
});

describe('a queue of 200 ms that stays full', () => {
  it.each([18_500, 10_000])(
    'on a link of %s kbit/s still makes the stream give way',
    (linkKbps) => {
      const { target, changes } = simulate({
        path: { linkKbps, queue: 200, roundTrip: 20 },
        configuredKbps: 20_000,
        seconds: 40,
        invalidation: true,
      });
      expect(changes.length).toBeGreaterThan(0);
      expect(target(10).mean).toBeLessThan(linkKbps);
      expect(target(10).mean).toBeGreaterThan(linkKbps * 0.75);
    },
  );

  it('shows in every answer, a stall in one moment', () => {
    const roundTrip = new RoundTrip();
    for (let ping = 0; ping < 10; ping += 1) roundTrip.sample(5, ping * 500);
    // What was asked again meanwhile comes with it.
    for (const late of [3000, 2400, 1200]) roundTrip.sample(late, 8000);
    roundTrip.sample(5, 8500);
    expect(roundTrip.mean).toBeGreaterThan(300);
    expect(roundTrip.steady).toBeLessThan(6);
    for (let ping = 18; ping < 40; ping += 1) roundTrip.sample(205, ping * 500);
    expect(roundTrip.steady).toBeGreaterThan(180);
  });
});
