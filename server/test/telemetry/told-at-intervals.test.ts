import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { ToldAtIntervals } from '../../src/telemetry/told-at-intervals.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('writes the first lines of ten seconds and counts the rest', () => {
  const lines: string[] = [];
  const told = new ToldAtIntervals((more) => lines.push(`${more} more`));
  const storm = (count: number): void => {
    for (let n = 0; n < count; n += 1) told.tell(() => lines.push('line'));
  };
  storm(3);
  vi.advanceTimersByTime(10_000);
  expect(lines).toEqual(['line', 'line', 'line']);
  lines.length = 0;
  storm(5000);
  vi.advanceTimersByTime(20_000);
  expect(lines).toEqual([...Array(5).fill('line'), '4995 more']);
  lines.length = 0;
  storm(1);
  expect(lines).toEqual(['line']);
});
