import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isClean, RateLadder } from '../../src/probe/rate-ladder.ts';
import type { RateObservation } from '../../src/probe/rate-ladder.ts';

/** A link that drops what is above its rate; one with a deep buffer delays it instead. */
function link(capacity: number, buffered = false): (kbps: number) => RateObservation {
  return (kbps) => {
    const full = kbps > capacity;
    return {
      kbps,
      receivedKbps: full && !buffered ? capacity : kbps,
      loss: full && !buffered ? 1 - capacity / kbps : 0,
      queue: full ? 200 : 0.5,
    };
  };
}

/** Every order up to the one that is held. */
function climb(ladder: RateLadder, observe: (kbps: number) => RateObservation): number[] {
  const rates: number[] = [];
  for (let turn = 0; ladder.order.kind !== 'hold'; turn++) {
    expect(turn).toBeLessThan(60);
    rates.push(ladder.order.kbps);
    ladder.next(observe(ladder.order.kbps));
  }
  return rates;
}

describe('rate ladder', () => {
  it('doubles up to the limit on a link that carries everything', () => {
    const ladder = new RateLadder(3_000_000);
    const rates = climb(ladder, link(Infinity));
    expect(rates).toEqual([
      25_000, 50_000, 100_000, 200_000, 400_000, 800_000, 1_600_000, 3_000_000,
    ]);
    expect(ladder.order).toEqual({ kind: 'hold', kbps: 3_000_000 });
  });

  it('finds what a link carries, by loss or by delay, and tries nothing above the limit', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2_000, max: 4_000_000 }),
        fc.integer({ min: 1_000, max: 3_000_000 }),
        fc.boolean(),
        (capacity, limit, buffered) => {
          const ladder = new RateLadder(limit);
          const rates = climb(ladder, link(capacity, buffered));
          const found = ladder.order.kbps;
          expect(Math.max(...rates)).toBeLessThanOrEqual(limit);
          expect(found).toBeLessThanOrEqual(Math.max(capacity, 1000));
          expect(found).toBeGreaterThanOrEqual(Math.min(capacity, limit) / 1.5);
        },
      ),
    );
  });

  it('goes down to where the link works, and holds a crawl on one that does not', () => {
    const slow = new RateLadder(3_000_000);
    climb(slow, link(4_000));
    expect(slow.order.kbps).toBeGreaterThan(2_700);
    const broken = new RateLadder(3_000_000);
    climb(broken, (kbps) => ({ kbps, receivedKbps: kbps / 2, loss: 0.5, queue: 0 }));
    expect(broken.order).toEqual({ kind: 'hold', kbps: 1000 });
    expect(broken.cleanKbps).toBe(0);
  });

  it('lets the queue run dry after a rate that was too high', () => {
    const ladder = new RateLadder(400_000);
    const observe = link(120_000);
    const kinds: string[] = [];
    for (let turn = 0; turn < 9; turn++) {
      kinds.push(`${ladder.order.kind} ${ladder.order.kbps}`);
      ladder.next(observe(ladder.order.kbps));
    }
    expect(kinds.slice(0, 6)).toEqual([
      'try 25000',
      'try 50000',
      'try 100000',
      'try 200000',
      'settle 25000',
      'try 141421',
    ]);
  });

  it('gives way while it holds, and stays where it is clean', () => {
    const ladder = new RateLadder(100_000);
    climb(ladder, link(Infinity));
    expect(ladder.next(link(90_000)(100_000))).toEqual({ kind: 'hold', kbps: 85_000 });
    expect(ladder.next(link(90_000)(85_000))).toEqual({ kind: 'hold', kbps: 85_000 });
  });

  it('holds the best it knows when time is up', () => {
    const ladder = new RateLadder(3_000_000);
    ladder.next(link(Infinity)(25_000));
    expect(ladder.order.kbps).toBe(50_000);
    expect(ladder.hold()).toEqual({ kind: 'hold', kbps: 25_000 });
    expect(new RateLadder(3_000_000).hold()).toEqual({ kind: 'hold', kbps: 1000 });
  });

  it('judges by loss, delay, and what arrived', () => {
    const good = { kbps: 100, receivedKbps: 100, loss: 0, queue: 0 };
    expect(isClean(good)).toBe(true);
    expect(isClean({ ...good, loss: 0.0011 })).toBe(false);
    expect(isClean({ ...good, queue: 21 })).toBe(false);
    expect(isClean({ ...good, receivedKbps: 94 })).toBe(false);
  });
});
