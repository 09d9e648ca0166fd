import { expect, it } from 'vitest';

import { delayOf, proposalOf, throughputOf } from '../../src/pages/network/figures.ts';
import type { Arrived } from '../../src/pages/network/figures.ts';

/** One arrival every 10 ms, at the rate of that moment. */
function arrivals(seconds: number, kbpsAt: (ms: number) => number): Arrived[] {
  const arrived: Arrived[] = [{ at: 0, bytes: 0 }];
  for (let at = 10; at <= seconds * 1000; at += 10) {
    arrived.push({ at, bytes: arrived.at(-1)!.bytes + (kbpsAt(at) * 10) / 8 });
  }
  return arrived;
}

it('leaves out the slow start, and tells what can be counted on beside the middle', () => {
  expect(throughputOf(arrivals(4, (at) => (at <= 1000 ? 100 : 50_000)))).toEqual({
    kbps: 50_000,
    steadyKbps: 50_000,
  });
  const dips = throughputOf(arrivals(6, (at) => (at % 2000 < 500 ? 10_000 : 80_000)))!;
  expect(dips.kbps).toBe(80_000);
  expect(dips.steadyKbps).toBeLessThan(20_000);
});

it('says nothing of too little', () => {
  expect(throughputOf([])).toBeUndefined();
  expect(throughputOf(arrivals(1.5, () => 50_000))).toBeUndefined();
  expect(delayOf([1, 2, 3, 4])).toBeUndefined();
});

it('counts what never arrives as nothing, not as less time', () => {
  const stalled = arrivals(4, (at) => (at > 2000 && at < 3500 ? 0 : 50_000));
  expect(throughputOf(stalled)!.steadyKbps).toBeLessThan(10);
});

it('tells delay and jitter of round trips', () => {
  expect(delayOf([4, 6, 4, 6, 14])).toEqual({ median: 6, jitter: 3.5, largest: 14 });
});

it('proposes less where a full network delays, and nothing where no stream fits', () => {
  const down = { kbps: 60_000, steadyKbps: 50_000 };
  const delay = (median: number) => ({ median, jitter: 0, largest: median });
  expect(proposalOf({ down })).toBe(35_000);
  expect(proposalOf({ down, idle: delay(5), downDelay: delay(20) })).toBe(35_000);
  expect(proposalOf({ down, idle: delay(5), downDelay: delay(200) })).toBe(25_000);
  expect(proposalOf({ down: { kbps: 4e6, steadyKbps: 3e6 } })).toBe(150_000);
  expect(proposalOf({ down: { kbps: 2_500, steadyKbps: 1_000 } })).toBeUndefined();
  expect(proposalOf({})).toBeUndefined();
});
