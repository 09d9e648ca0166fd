import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import fc from 'fast-check';
import { expect } from 'vitest';

import { FUZZ_RUNS } from './corpus-of-bytes.ts';

/** Bytes that may be left over after any number of runs: compiled code, and what a collector leaves for later. */
const MOST_KEPT = 6_000_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/**
 * Tries a property with random inputs, and sees that what it keeps in memory does not grow with their number.
 *
 * @param property of `fc.property` or `fc.asyncProperty`
 * @param runs inputs
 */
export async function fuzz<Inputs>(
  property: fc.IRawProperty<Inputs>,
  runs: number = FUZZ_RUNS,
): Promise<void> {
  const first = Math.ceil(runs / 5);
  await fc.assert(property, { numRuns: first });
  const before = await bytesInUse();
  await fc.assert(property, { numRuns: runs - first });
  const kept = (await bytesInUse()) - before;
  expect(kept, `bytes kept after ${runs} inputs`).toBeLessThan(MOST_KEPT);
}

async function bytesInUse(): Promise<number> {
  for (let pass = 0; pass < 2; pass++) {
    // What a callback still holds is let go first.
    await turn();
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
