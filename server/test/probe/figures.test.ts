import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Jitter } from '../../src/probe/jitter.ts';
import { spreadOf } from '../../src/probe/spread.ts';
import { StreamMeter } from '../../src/probe/stream-figures.ts';

describe('jitter', () => {
  it('follows RFC 3550 step by step', () => {
    const jitter = new Jitter();
    const made = [0, 16, 33, 50, 66];
    const arrived = [1000, 1020, 1033, 1060, 1066];
    let expected = 0;
    made.forEach((at, index) => {
      jitter.add(at, arrived[index]!);
      if (index === 0) return;
      const before = arrived[index - 1]! - made[index - 1]!;
      expected += (Math.abs(arrived[index]! - at - before) - expected) / 16;
    });
    expect(jitter.value).toBeCloseTo(expected, 9);
    expect(expected).toBeGreaterThan(0);
  });

  it('is the same whatever the two clocks say, and never above the largest difference', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 40 })), {
          minLength: 1,
          maxLength: 200,
        }),
        fc.integer({ min: -1e9, max: 1e9 }),
        (steps, offset) => {
          const near = new Jitter();
          const far = new Jitter();
          let at = 0;
          for (const [gap, delay] of steps) {
            at += gap;
            near.add(at, at + delay);
            far.add(at, at + delay + offset);
          }
          expect(far.value).toBeCloseTo(near.value, 6);
          expect(near.value).toBeGreaterThanOrEqual(0);
          expect(near.value).toBeLessThanOrEqual(40);
        },
      ),
    );
  });
});

describe('spread', () => {
  it('is by nearest rank', () => {
    expect(spreadOf([])).toBeUndefined();
    expect(spreadOf([7])).toEqual({ least: 7, p50: 7, p99: 7, most: 7 });
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(spreadOf(hundred)).toEqual({ least: 1, p50: 50, p99: 99, most: 100 });
  });

  it('is made of values, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1 }), (values) => {
        const { least, p50, p99, most } = spreadOf(values)!;
        for (const one of [least, p50, p99, most]) expect(values).toContain(one);
        expect(least <= p50 && p50 <= p99 && p99 <= most).toBe(true);
      }),
    );
  });
});

describe('a stream', () => {
  const zero = {
    bytes: 0,
    packets: 0,
    missingPackets: 0,
    outOfOrder: 0,
    duplicates: 0,
    recoveredShards: 0,
    lostFrames: 0,
    frames: 0,
  };

  it('is measured from the moment on that the meter begins', () => {
    const before = { ...zero, bytes: 5_000_000, packets: 4000, missingPackets: 9, frames: 30 };
    const meter = new StreamMeter(1000, before);
    for (let index = 0; index < 120; index++) {
      meter.frame({
        timestamp: index * 1500,
        firstPacketAt: 1000 + (index * 1000) / 60,
        ...(index % 2 === 0 && { hostLatency: 4 }),
      });
    }
    meter.roundTrip(3);
    meter.roundTrip(5);
    const figures = meter.figures(3000, {
      bytes: 10_000_000,
      packets: 8010,
      missingPackets: 19,
      outOfOrder: 2,
      duplicates: 10,
      recoveredShards: 8,
      lostFrames: 1,
      frames: 149,
    });
    expect(figures).toMatchObject({
      duration: 2000,
      throughputKbps: 20_000,
      packets: 4010,
      lostPackets: 10,
      reorderedPackets: 2,
      duplicatePackets: 10,
      recoveredPackets: 8,
      frames: 119,
      lostFrames: 1,
      framesPerSecond: 59.5,
      hostLatency: { least: 4, p50: 4, p99: 4, most: 4 },
      roundTrip: { least: 3, p50: 3, p99: 5, most: 5 },
    });
    expect(figures.jitter).toBeLessThan(0.01);
  });

  it('leaves out what was not measured', () => {
    const figures = new StreamMeter(0, zero).figures(0, zero);
    expect(figures).not.toHaveProperty('roundTrip');
    expect(figures).not.toHaveProperty('hostLatency');
    expect(figures.throughputKbps).toBe(0);
  });
});
