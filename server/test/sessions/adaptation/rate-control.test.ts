import { describe, expect, it } from 'vitest';

import { RateControl } from '../../../src/sessions/adaptation/rate-control.ts';
import type { RateSigns } from '../../../src/sessions/adaptation/rate-signs.ts';

const NONE = { loss: 0, burst: 1, most: 1, packets: 1000, sure: 0 };

/** A good moment on a path of 20 ms, changed as asked. */
function signs(
  now: number,
  change: Partial<RateSigns> & { readonly loss?: number } = {},
): RateSigns {
  const { loss = 0, ...rest } = change;
  const view = { ...NONE, loss };
  return {
    now,
    now500: view,
    recent: view,
    lately: view,
    troubled: 0,
    slowlyTroubled: 0,
    roundTripRisen: false,
    late: false,
    roundTrip: 20,
    ...rest,
  };
}

const trouble = { troubled: 3, slowlyTroubled: 3 };

function cutAt(now: number): RateControl {
  const rate = new RateControl(20_000, 0);
  expect(rate.consider(signs(now, { ...trouble, loss: 0.1 }))).toMatchObject({ kind: 'cut' });
  expect(rate.target).toBe(17_000);
  return rate;
}

describe('the bitrate', () => {
  it('stays where packets are lost and frames are not', () => {
    const rate = new RateControl(20_000, 0);
    for (let now = 100; now < 10_000; now += 100) {
      expect(rate.consider(signs(now, { loss: 0.05 }))).toBeUndefined();
    }
    expect(rate.target).toBe(20_000);
  });

  it('is cut by one step, or by three where much is lost', () => {
    cutAt(1_000);
    const rate = new RateControl(20_000, 0);
    rate.consider(signs(1_000, { ...trouble, loss: 0.8 }));
    expect(rate.target).toBe(Math.floor(20_000 * 0.85 ** 3));
  });

  it('is cut for a queue: losses beside a risen round trip, or a round trip that stays high', () => {
    for (const change of [{ roundTripRisen: true, loss: 0.01 }, { late: true }]) {
      const rate = new RateControl(20_000, 0);
      expect(rate.consider(signs(1_000, change))).toMatchObject({ kind: 'cut' });
    }
    const rate = new RateControl(20_000, 0);
    expect(rate.consider(signs(1_000, { roundTripRisen: true }))).toBeUndefined();
  });

  it('is restored at once when the loss stays, and the loss is then known', () => {
    const rate = cutAt(1_000);
    expect(rate.consider(signs(1_100, { ...trouble, loss: 0.1 }))).toBeUndefined();
    const verdict = rate.consider(signs(1_600, { ...trouble, loss: 0.1 }));
    expect(verdict).toEqual({ kind: 'restored' });
    expect(rate.target).toBe(20_000);
    expect(rate.consider(signs(2_000, { ...trouble, loss: 0.12 }))).toBeUndefined();
    // More than that is news.
    expect(rate.consider(signs(3_000, { ...trouble, loss: 0.25 }))).toMatchObject({ kind: 'cut' });
  });

  it('is cut on when the loss falls but frames are still lost', () => {
    const rate = cutAt(1_000);
    expect(rate.consider(signs(1_600, { ...trouble, loss: 0.01 }))).toEqual({
      kind: 'cut',
      why: 'frames',
      again: true,
    });
    expect(rate.target).toBe(14_450);
  });

  it('climbs slowly once all is calm, and stays below what was too much', () => {
    const rate = cutAt(1_000);
    expect(rate.consider(signs(1_600))).toEqual({ kind: 'confirmed' });
    const targets: number[] = [];
    for (let now = 2_000; now < 60_000; now += 1_000) {
      rate.consider(signs(now));
      targets.push(rate.target);
    }
    expect(targets[3]).toBe(17_000);
    expect(targets[15]).toBe(18_400);
    expect(targets.at(-1)).toBe(20_000);
    expect(Math.max(...targets.slice(1).map((one, at) => one - targets[at]!))).toBeLessThanOrEqual(
      600,
    );
  });

  it('climbs with a game at half the rate, and for a while not with a still picture', () => {
    const reached = (share: number, until: number): number => {
      const rate = cutAt(1_000);
      for (let now = 1_600; now < until; now += 1_000) {
        rate.consider(signs(now, { sentKbps: rate.target * share }));
      }
      return rate.target;
    };
    expect(reached(0.5, 12_000)).toBeGreaterThan(17_000);
    expect(reached(0.1, 25_000)).toBe(17_000);
    expect(reached(0.1, 60_000)).toBe(20_000);
  });

  it('never leaves its bounds', () => {
    const rate = new RateControl(20_000, 0);
    for (let now = 1_000; now < 100_000; now += 1_000) {
      rate.consider(signs(now, { late: true, loss: 0.9, ...trouble }));
    }
    expect(rate.target).toBe(500);
  });
});
