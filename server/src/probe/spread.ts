/** How values lie, nearest rank. */
export interface Spread {
  readonly least: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

/** @returns undefined without values */
export function spreadOf(values: readonly number[]): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1]!;
  return { least: sorted[0]!, p50: rank(0.5), p99: rank(0.99), most: sorted.at(-1)! };
}
