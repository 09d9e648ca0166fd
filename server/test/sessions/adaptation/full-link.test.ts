import { describe, expect, it } from 'vitest';

import { simulate, simulateTogether } from './simulation.ts';
import type { Run } from './simulation.ts';

/** Links whose queue is short: 30 ms. */
function run(linkKbps: number, configuredKbps: number, changes: Partial<Run> = {}): Run {
  return {
    path: { linkKbps, queue: 30, roundTrip: 20 },
    configuredKbps,
    seconds: 60,
    invalidation: true,
    ...changes,
  };
}

const TRIPS = [1, 20, 100];

describe('a link that is full', () => {
  it.each(TRIPS)(
    '30 Mbit/s set on a 30 Mbit/s link, %s ms, keyframes only: it plays',
    (roundTrip) => {
      const full = run(30_000, 30_000, {
        path: { linkKbps: 30_000, queue: 30, roundTrip },
        invalidation: false,
      });
      expect(simulate({ ...full, adaptive: false }).shown(5)).toBeLessThan(0.6);
      const { shown, keyframes } = simulate(full);
      expect(shown(5)).toBeGreaterThan(0.98);
      expect(keyframes(5)).toBeLessThan(20);
    },
  );

  it.each(
    TRIPS.flatMap((roundTrip) =>
      [
        [5_000, 20_000],
        [10_000, 10_000],
        [30_000, 30_000],
        [30_000, 50_000],
        [100_000, 100_000],
      ].map(([link, set]) => ({ link: link!, set: set!, roundTrip })),
    ),
  )(
    '$link kbit/s, $set set, $roundTrip ms: found in seconds, then steady',
    ({ link, set, roundTrip }) => {
      const path = { linkKbps: link, queue: 30, roundTrip };
      const { shown, target } = simulate(run(link, set, { path }));
      expect(shown(6)).toBeGreaterThan(0.97);
      // It uses the link, and swings by no more than a fifth about its mean.
      const { least, most, mean } = target(15);
      expect(mean).toBeGreaterThan(Math.min(link, set) * 0.8);
      expect(least).toBeGreaterThan(mean * 0.8);
      expect(most).toBeLessThan(mean * 1.2);
    },
  );

  it('far too much is given up within five seconds', () => {
    const { seconds } = simulate(
      run(5_000, 100_000, { path: { linkKbps: 5_000, queue: 30, roundTrip: 1 } }),
    );
    expect(seconds[5]!.targetKbps).toBeLessThan(7_000);
    expect(seconds[8]!.shown).toBeGreaterThan(55);
  });

  it('a long queue is emptied: nothing is lost, but everything is late', () => {
    const path = { linkKbps: 18_500, queue: 2_000, roundTrip: 20 };
    const { changes, target } = simulate(run(18_500, 20_000, { path }));
    expect(changes.some(({ reason }) => reason.includes('long queue'))).toBe(true);
    expect(target(30).mean).toBeLessThan(18_500);
  });

  it('another way of sending is tried once, and the bitrate is found again at once', () => {
    const path = { linkKbps: 5_000, queue: 30, roundTrip: 20 };
    const { shown, changes, target } = simulate(run(5_000, 20_000, { path, sendMethod: 'gso' }));
    expect(changes.filter(({ tuning }) => tuning.sendMethod)).toHaveLength(1);
    expect(shown(6)).toBeGreaterThan(0.97);
    expect(target(6).most).toBeLessThan(7_500);
  });

  it('losses of its own beside: 2 % on a 30 Mbit/s link', () => {
    const path = { linkKbps: 30_000, queue: 30, roundTrip: 20, loss: 0.02 };
    const { shown, target } = simulate(run(30_000, 30_000, { path }));
    expect(shown(5)).toBeGreaterThan(0.99);
    expect(target(10).mean).toBeGreaterThan(22_000);
  });

  it('when the link becomes faster, the bitrate climbs back in tens of seconds, not at once', () => {
    const fast = { linkKbps: 100_000, queue: 30, roundTrip: 20 };
    const { seconds } = simulate(run(10_000, 20_000, { seconds: 180, later: [[20_000, fast]] }));
    const targets = seconds.map(({ targetKbps }) => targetKbps);
    expect(targets[19]).toBeLessThan(13_000);
    expect(targets[25]).toBeLessThan(15_000);
    expect(targets[120]).toBe(20_000);
    for (let second = 21; second < 180; second += 1) {
      expect(targets[second]! - targets[second - 1]!).toBeLessThanOrEqual(20_000 * 0.031);
    }
  });
});

it.each([4, 20_000])(
  'two streams share a link, the second %s ms later: neither starves',
  (begins) => {
    // With a queue of two frames and less, chance decides whose frames find it full.
    const path = { linkKbps: 30_000, queue: 100, roundTrip: 20 };
    const outcomes = simulateTogether([
      run(30_000, 30_000, { path, seconds: 150 }),
      run(30_000, 30_000, { path, seconds: 120, seed: 2, begins, framesPerSecond: 61 }),
    ]);
    for (const { shown, target } of outcomes) {
      expect(shown(30)).toBeGreaterThan(0.97);
      expect(target(80).mean).toBeGreaterThan(30_000 / 4);
    }
  },
);
