import { expect } from 'vitest';
import { expectClean } from '../../e2e/support/expectations.ts';
import type { Viewing } from '../../e2e/support/viewing.ts';

/** frames that are watched */
const COUNT = 90;

/**
 * What an app draws is what the client decodes: readable, in order, and anew again and again. How often is the matter of
 * a software compositor.
 *
 * @param different how many pictures must not be the same as the one before
 */
export async function expectMovingPictures(viewing: Viewing, different = 10): Promise<void> {
  await viewing.reached(COUNT);
  expectClean(viewing);
  const counters = viewing.frames.flatMap(({ stamp }) => (stamp ? [stamp.counter] : []));
  expect(counters.length, 'readable pictures').toBeGreaterThan(COUNT * 0.9);
  expect(counters, 'their order').toEqual([...counters].sort((a, b) => a - b));
  expect(new Set(counters).size, 'different pictures').toBeGreaterThan(different);
  const span = (viewing.frames.at(-1)!.decodedAt - viewing.frames[0]!.decodedAt) / 1000;
  console.log(
    `${viewing.frames.length} frames in ${span.toFixed(1)} s, ${new Set(counters).size} different`,
  );
}
