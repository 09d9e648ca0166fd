import { describe, expect, it } from 'vitest';

import { COLUMNS } from '../../src/captures/columns.ts';
import { SampleRing } from '../../src/captures/sample-ring.ts';
import { folded, mean, sum } from '../../src/captures/sample-table.ts';
import { nothingMeasured } from '../native/nothing-measured.ts';
import type { MeasuredSecond } from '../../src/sessions/stream-events.ts';

function second(at: number, framesNew: number): MeasuredSecond {
  return {
    at,
    statistics: {
      ...nothingMeasured(),
      framesNew,
      fecPercentage: framesNew,
      encode: { count: framesNew, mean: framesNew * 100, p50: 1000, p95: 2000, p99: 3000, max: at },
    },
  };
}

describe('SampleRing', () => {
  it('keeps the last rows in bounded memory, and says how many are gone', () => {
    const ring = new SampleRing(1000);
    const bytes: number[] = [];
    for (let row = 0; row < 10_000; row += 1) {
      ring.push(second(row * 1000, row % 60));
      bytes.push(ring.bytes);
    }
    expect(ring.next).toBe(10_000);
    expect(ring.next - ring.first).toBeGreaterThanOrEqual(1000);
    expect(Math.max(...bytes)).toBe(bytes[2000]);
    const table = ring.table(0, 0);
    expect(table.times[0]).toBe(ring.first * 1000);
    expect(table.times.at(-1)).toBe(9_999_000);
    expect([...table.columns.get('framesNew')!.slice(-3)]).toEqual([37, 38, 39]);
  });

  it('hands out rows from a number on, over the edges of what it takes at once', () => {
    const ring = new SampleRing(5000);
    for (let row = 0; row < 1200; row += 1) ring.push(second(row * 1000, row));
    const table = ring.table(500, 500_000, 1100);
    expect(table.times).toHaveLength(600);
    expect(table.times[0]).toBe(0);
    expect([...table.columns.get('framesNew')!]).toEqual(
      Array.from({ length: 600 }, (_, i) => 500 + i),
    );
    expect(ring.table(5000, 0).times).toHaveLength(0);
  });

  it('has no column for what was never measured, and none is a zero', () => {
    const ring = new SampleRing(10);
    ring.push(second(0, 1));
    ring.push({ at: 1000, statistics: nothingMeasured(), roundTrip: 3 });
    const { columns } = ring.table(0, 0);
    expect(columns.has('capture.mean')).toBe(false);
    expect([...columns.get('roundTrip')!]).toEqual([NaN, 3]);
    expect([...columns.get('encode.p50')!]).toEqual([1, NaN]);
  });
});

describe('folded', () => {
  it('adds counts up, weighs means, keeps the worst percentile and the last level', () => {
    const ring = new SampleRing(10);
    ring.push(second(0, 10));
    ring.push(second(1000, 30));
    const table = folded(ring.table(0, 0), 1);
    const value = (name: string) => table.columns.get(name)![0];
    expect(table.times).toHaveLength(1);
    expect(value('framesNew')).toBe(40);
    expect(value('interval')).toBe(2000);
    expect(value('encode.mean')).toBeCloseTo((10 * 1 + 30 * 3) / 40);
    expect(value('encode.p50')).toBe(1);
    expect(value('encode.max')).toBe(1);
    expect(value('fecPercentage')).toBe(30);
  });

  it('joins nothing over a break', () => {
    const ring = new SampleRing(100);
    for (const at of [0, 1, 2, 3, 100, 101, 102]) ring.push(second(at * 1000, 1));
    expect([...folded(ring.table(0, 0), 3).times]).toEqual([2000, 3000, 102_000]);
  });

  it('stays bounded however often the stream was broken', () => {
    const ring = new SampleRing(2000);
    for (let row = 0; row < 1000; row += 1) ring.push(second(row * 10_000, 1));
    expect(folded(ring.table(0, 0), 50).times.length).toBeLessThanOrEqual(100);
  });

  it('loses no frame', () => {
    const ring = new SampleRing(2000);
    for (let row = 0; row < 1000; row += 1) ring.push(second(row * 1000, row % 7));
    const whole = ring.table(0, 0);
    const few = folded(whole, 60);
    expect(sum(few, 'framesNew')).toBe(sum(whole, 'framesNew'));
    expect(mean(few, 'encode.mean')).toBeCloseTo(mean(whole, 'encode.mean')!, 4);
  });
});

describe('columns', () => {
  it('have names of their own, and weights that are columns', () => {
    const names = COLUMNS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { weight } of COLUMNS) if (weight !== undefined) expect(names).toContain(weight);
  });
});
