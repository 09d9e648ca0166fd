import { percentile } from '../../e2e/support/measures.ts';
import type { HostUse } from '../../bench/support/host-use.ts';

/** Growth that is taken for noise. */
export const FLAT = 0.05;

/** One figure early and late in a long run. */
export interface Trend {
  readonly name: string;
  readonly early: number;
  readonly late: number;
  readonly flat: boolean;
}

type Figure = 'pss' | 'rss' | 'threads' | 'descriptors';
const FIGURES: readonly (readonly [figure: Figure, name: string])[] = [
  ['pss', 'PSS, MB'],
  ['rss', 'RSS, MB'],
  ['threads', 'threads'],
  ['descriptors', 'descriptors'],
];

/**
 * Compares the second tenth of the samples with the last: the first holds what is set up once.
 *
 * @param samples in order, ten at least
 */
export function trends(samples: readonly HostUse[]): Trend[] {
  const tenth = Math.floor(samples.length / 10);
  const early = samples.slice(tenth, 2 * tenth);
  const late = samples.slice(-tenth);
  return FIGURES.map(([figure, name]) => {
    const [before, after] = [early, late].map((part) =>
      percentile(
        part.map((sample) => sample[figure]),
        0.5,
      ),
    ) as [number, number];
    return { name, early: before, late: after, flat: after <= before * (1 + FLAT) };
  });
}

/** `PSS, MB 160.2 → 161.0, threads 41 → 41 …` */
export function describe(found: readonly Trend[]): string {
  return found
    .map(({ name, early, late }) => `${name} ${rounded(early)} → ${rounded(late)}`)
    .join('; ');
}

function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}
