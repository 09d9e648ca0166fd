/** @param fraction 0…1 @returns NaN of nothing */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * fraction) - 1)] ?? NaN;
}

const rows: (readonly [name: string, value: string, goal: string])[] = [];

/** One line of the table that is printed when the test file is done. */
export function measured(name: string, values: readonly number[], goal = ''): void {
  const [p50, p99, max] = [0.5, 0.99, 1].map((fraction) => percentile(values, fraction).toFixed(1));
  rows.push([
    name,
    values.length === 1 ? `${p50} ms` : `p50 ${p50}  p99 ${p99}  max ${max} ms  (${values.length})`,
    goal,
  ]);
}

/** Prints what was measured. */
export function printMeasures(): void {
  if (rows.length === 0) return;
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows) {
    console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
  }
  rows.length = 0;
}
