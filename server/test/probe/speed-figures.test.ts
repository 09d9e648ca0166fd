import { describe, expect, it } from 'vitest';
import type {
  SpeedTestFigures,
  SpeedTestSent,
  SpeedTestStepFigures,
} from '../../src/native/speed-test-addon.ts';
import { linkRate, observe, speedFigures } from '../../src/probe/speed-figures.ts';

const arrived = (change: Partial<SpeedTestStepFigures>): SpeedTestStepFigures => ({
  packets: 1001,
  duplicates: 0,
  reordered: 0,
  firstSequence: 0,
  lastSequence: 1000,
  duration: 1000,
  jitter: 0.1,
  leastTransit: -5000,
  mostTransit: -4990,
  transit: -4999,
  ...change,
});
const received = (...steps: SpeedTestStepFigures[]): SpeedTestFigures => ({
  packets: 0,
  lost: 0,
  duplicates: 0,
  reordered: 0,
  ancient: 0,
  foreign: 0,
  overflowed: 3,
  receiveBuffer: 1 << 20,
  coalescing: true,
  steps,
  intervals: [],
});
const NOTHING = arrived({
  packets: 0,
  lastSequence: 0,
  duration: 0,
  leastTransit: 0,
  mostTransit: 0,
  transit: 0,
});

describe('a rate while it is in use', () => {
  it('is seen from the packets between its first and its last number', () => {
    const figures = received(
      arrived({}),
      arrived({ firstSequence: 1001, lastSequence: 2000, packets: 900, transit: -4950 }),
    );
    expect(observe(11_264, figures, 0)).toEqual({
      kbps: 11_264,
      receivedKbps: 11_264,
      loss: 0,
      queue: 1,
    });
    const lossy = observe(11_264, figures, 1)!;
    expect(lossy.loss).toBeCloseTo(0.1, 9);
    expect(lossy.queue).toBe(50);
  });

  it('is seen since an earlier look', () => {
    const before = arrived({});
    const now = arrived({ packets: 1501, lastSequence: 2000, duration: 2000 });
    const seen = observe(11_264, received(now), 0, before)!;
    expect(seen.loss).toBeCloseTo(0.5, 9);
    expect(seen.receivedKbps).toBeCloseTo(5632, 6);
  });

  it('is not judged by nothing', () => {
    expect(observe(1000, received(), 0)).toBeUndefined();
    expect(observe(1000, received(NOTHING), 0)).toBeUndefined();
    expect(observe(1000, received(arrived({ packets: 1, duration: 0 })), 0)).toBeUndefined();
    const step = arrived({});
    expect(observe(1000, received(step), 0, step)).toBeUndefined();
  });
});

describe('a finished speed test', () => {
  const sent: SpeedTestSent = {
    end: 'finished',
    method: 'gso',
    steps: [
      { kbps: 11_264, firstSequence: 0, packets: 1011, unsent: 10, duration: 1000 },
      { kbps: 50_000, firstSequence: 1011, packets: 0, unsent: 0, duration: 0 },
      { kbps: 8000, firstSequence: 1011, packets: 2000, unsent: 0, duration: 4000 },
      { kbps: 6000, firstSequence: 3011, packets: 100, unsent: 0, duration: 100 },
    ],
  };
  const orders = [
    { kind: 'try', kbps: 11_264 },
    { kind: 'try', kbps: 50_000 },
    { kind: 'hold', kbps: 8000 },
    { kind: 'hold', kbps: 6000 },
  ] as const;

  it('knows what was lost on the way from both ends; what never left the host was not lost', () => {
    const { steps, held, method, overflowed } = speedFigures(
      sent,
      received(arrived({ packets: 991 }), NOTHING, arrived({ packets: 1990, duration: 1000 })),
      orders,
    );
    expect(steps).toHaveLength(3);
    expect(steps[0]).toMatchObject({ kind: 'try', packets: 1001, lostPackets: 10 });
    // 22 Mbit/s for a second, out of a queue: the link carried no more than was sent.
    expect(steps[1]).toMatchObject({
      kind: 'hold',
      packets: 2000,
      lostPackets: 10,
      receivedKbps: 8000,
    });
    // Nothing of the last one arrived, and it was too short to count as held.
    expect(steps[2]).toMatchObject({ lostPackets: 100, receivedKbps: 0, queue: 0, clean: false });
    expect(held).toBe(steps[1]);
    expect([method, overflowed]).toEqual(['gso', 3]);
  });

  it('has nothing held when there was no time', () => {
    const { held } = speedFigures({ ...sent, steps: sent.steps.slice(0, 2) }, received(), orders);
    expect(held).toBeUndefined();
  });
});

describe('what the link carries', () => {
  const step = {
    kind: 'hold',
    kbps: 30_000,
    duration: 4000,
    packets: 10_000,
    lostPackets: 0,
    reorderedPackets: 0,
    duplicatePackets: 0,
    receivedKbps: 29_990,
    queue: 0,
    jitter: 0.1,
    clean: true,
  } as const;
  const figures = {
    steps: [step],
    held: step,
    method: 'gso',
    overflowed: 0,
    receiveBuffer: 1 << 20,
  } as const;

  it('is what was held below the limit', () => {
    expect(linkRate(figures, 3_000_000)).toBe(30_000);
  });

  it('is not known when something else ended the climb', () => {
    expect(linkRate(figures, 30_000)).toBeUndefined();
    expect(linkRate({ ...figures, held: { ...step, clean: false } }, 3_000_000)).toBeUndefined();
    expect(linkRate({ ...figures, overflowed: 1 }, 3_000_000)).toBeUndefined();
    const { steps, method, overflowed, receiveBuffer } = figures;
    expect(linkRate({ steps, method, overflowed, receiveBuffer }, 3_000_000)).toBeUndefined();
  });
});
