import { expect } from 'vitest';
import type { Viewing } from './viewing.ts';

/** Nothing that a stock client would stumble over, and nothing that a decoder complained about. */
export function expectClean(viewing: Viewing): void {
  expect(viewing.stream.violations.list).toEqual([]);
  expect(viewing.complaints).toBe('');
}

/** Every frame arrived and was decoded, in order, and the pictures in it never go back. */
export function expectEveryFrame(viewing: Viewing): void {
  const statistics = viewing.stream.video.statistics();
  expect(statistics).toMatchObject({
    lostFrames: 0,
    missingPackets: 0,
    outOfOrder: 0,
    duplicates: 0,
  });
  const indexes = viewing.frames.map((frame) => frame.index);
  expect(indexes).toEqual(Array.from({ length: indexes.length }, (_, i) => i + indexes[0]!));
  expect(unreadable(viewing)).toEqual([]);
  expectCountersRise(viewing);
}

/** Frame numbers in the pictures: the same again when the host repeats, never a lower one. */
export function expectCountersRise(viewing: Viewing): void {
  const counters = viewing.frames.flatMap((frame) => frame.stamp?.counter ?? []);
  const falls = counters.filter((counter, i) => i > 0 && counter < counters[i - 1]!);
  expect(falls, 'pictures that came after a later one').toEqual([]);
}

/** Indexes of the frames whose picture does not show its number. */
export function unreadable(viewing: Viewing): number[] {
  return viewing.frames.filter((frame) => !frame.stamp).map((frame) => frame.index);
}
