import { columnNamed } from './columns.ts';
import type { Column } from './columns.ts';

/** Seconds of a stream, column by column. Absent is NaN; what no second has is no column. */
export interface SampleTable {
  /** when each second ended, milliseconds since the recording began, growing */
  readonly times: Float64Array;
  readonly columns: ReadonlyMap<string, Float32Array>;
}

/** How far apart two seconds of one stretch may be, milliseconds; beyond it the stream was broken. */
export const LONGEST_STEP = 2_500;

/** Rows `from` to `to`, the latter left out. Shares the table's memory. */
export function rows(table: SampleTable, from: number, to = table.times.length): SampleTable {
  const columns = new Map<string, Float32Array>();
  for (const [name, values] of table.columns) columns.set(name, values.subarray(from, to));
  return { times: table.times.subarray(from, to), columns };
}

/** The same with these columns alone. */
export function onlyColumns(
  { times, columns }: SampleTable,
  names: readonly string[],
): SampleTable {
  const kept = new Map<string, Float32Array>();
  for (const name of names) {
    const values = columns.get(name);
    if (values) kept.set(name, values);
  }
  return { times, columns: kept };
}

/** The rows for which `wanted` holds. */
export function chosenRows(table: SampleTable, wanted: readonly boolean[]): SampleTable {
  const keep = (_: number, index: number): boolean => wanted[index] === true;
  const columns = new Map<string, Float32Array>();
  for (const [name, values] of table.columns) columns.set(name, values.filter(keep));
  return { times: table.times.filter(keep), columns };
}

/** What was measured of a column, in its order; absent ones left out. */
export function measured(table: SampleTable, name: string): readonly number[] {
  const values = table.columns.get(name);
  return values ? present(values, 0, values.length) : [];
}

/** The sum of a column; undefined when nothing of it was measured. */
export function sum(table: SampleTable, name: string): number | undefined {
  return total(measured(table, name));
}

/** A column's mean as its fold weighs it; undefined when nothing of it was measured. */
export function mean(table: SampleTable, name: string): number | undefined {
  const values = table.columns.get(name);
  if (!values) return undefined;
  const weight = columnNamed(name)?.column.weight ?? 'interval';
  return weighed(values, table.columns.get(weight), 0, values.length);
}

/** @param share 0…1, nearest rank */
export function quantile(values: readonly number[], share: number): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/**
 * The same in about `most` rows: neighbours become one, as each column's fold says. Nothing is joined over a break, as
 * long as there are not more breaks than that.
 */
export function folded(table: SampleTable, most: number): SampleTable {
  const { length } = table.times;
  const step = Math.ceil(length / Math.max(1, most));
  if (step <= 1) return table;
  const whole = groups(table, step, true);
  const bounds = whole.length <= 2 * most ? whole : groups(table, step, false);
  const columns = new Map<string, Float32Array>();
  for (const [name, values] of table.columns) {
    const known = columnNamed(name)?.column;
    if (!known) continue;
    const weights = table.columns.get(known.weight ?? 'interval');
    columns.set(
      name,
      Float32Array.from(bounds, ([from, to]) => foldOne(known, values, weights, from, to) ?? NaN),
    );
  }
  return { times: Float64Array.from(bounds, ([, to]) => table.times[to - 1]!), columns };
}

function groups(table: SampleTable, step: number, atBreaks: boolean): [number, number][] {
  const { times } = table;
  const found: [number, number][] = [];
  for (let from = 0; from < times.length;) {
    let to = from + 1;
    while (to < times.length && to - from < step) {
      if (atBreaks && times[to]! - times[to - 1]! > LONGEST_STEP) break;
      to += 1;
    }
    found.push([from, to]);
    from = to;
  }
  return found;
}

function foldOne(
  { fold }: Column,
  values: Float32Array,
  weights: Float32Array | undefined,
  from: number,
  to: number,
): number | undefined {
  switch (fold) {
    case 'sum':
      return total(present(values, from, to));
    case 'last':
      return present(values, from, to).at(-1);
    case 'max':
      return quantile(present(values, from, to), 1);
    case 'median':
      return quantile(present(values, from, to), 0.5);
    case 'mean':
      return weighed(values, weights, from, to);
  }
}

function present(values: Float32Array, from: number, to: number): number[] {
  const found: number[] = [];
  for (let row = from; row < to; row += 1)
    if (!Number.isNaN(values[row]!)) found.push(values[row]!);
  return found;
}

function total(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((all, value) => all + value, 0);
}

function weighed(
  values: Float32Array,
  weights: Float32Array | undefined,
  from: number,
  to: number,
): number | undefined {
  let all = 0;
  let weight = 0;
  for (let row = from; row < to; row += 1) {
    if (Number.isNaN(values[row]!)) continue;
    const counts = weights ? weights[row]! : 1;
    if (Number.isNaN(counts)) continue;
    all += values[row]! * counts;
    weight += counts;
  }
  return weight > 0 ? all / weight : undefined;
}
