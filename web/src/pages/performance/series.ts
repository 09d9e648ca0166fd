/** Seconds of a stream as the page holds them: plain columns, null where nothing was measured. */
export interface Series {
  /** milliseconds since the recording began */
  readonly times: readonly number[];
  readonly columns: ReadonlyMap<string, readonly (number | null)[]>;
}

/** As the host and its files have them: one number stands for a column in which nothing changes. */
export interface PackedSeries {
  readonly times: readonly number[];
  readonly columns: Readonly<Record<string, number | null | readonly (number | null)[]>>;
}

export const NO_SERIES: Series = { times: [], columns: new Map() };

/** What a page keeps at the most: three hours of seconds. Beyond it, the oldest half is thinned out. */
export const MOST_POINTS = 10_800;

/** Longer than this between two seconds, the stream was broken, ms; summaries have longer seconds of their own. */
const LONGEST_STEP = 2_500;

/** @param kept the columns that are wanted */
export function unpack({ times, columns }: PackedSeries, kept: ReadonlySet<string>): Series {
  return {
    times,
    columns: new Map(
      Object.entries(columns)
        .filter(([name]) => kept.has(name))
        .map(([name, values]) => [
          name,
          typeof values === 'object' && values !== null
            ? values
            : new Array<number | null>(times.length).fill(values),
        ]),
    ),
  };
}

/** The same and what came after it. Seconds that it has already are left out. */
export function appended(series: Series, more: Series, most = MOST_POINTS): Series {
  const last = series.times.at(-1) ?? -Infinity;
  const from = more.times.findIndex((time) => time > last);
  if (from < 0) return series;
  const fresh = more.times.length - from;
  const names = new Set([...series.columns.keys(), ...more.columns.keys()]);
  const columns = new Map<string, (number | null)[]>();
  for (const name of names) {
    const before = series.columns.get(name) ?? absent(series.times.length);
    const after = more.columns.get(name)?.slice(from) ?? absent(fresh);
    columns.set(name, [...before, ...after]);
  }
  return bounded({ times: [...series.times, ...more.times.slice(from)], columns }, most);
}

/** Every second one of the older half goes, as often as it takes. */
function bounded(series: Series, most: number): Series {
  const { length } = series.times;
  if (length <= most) return series;
  const half = Math.floor(length / 2);
  const stays = (_: unknown, index: number): boolean => index >= half || index % 2 === 0;
  return {
    times: series.times.filter(stays),
    columns: new Map([...series.columns].map(([name, values]) => [name, values.filter(stays)])),
  };
}

const absent = (length: number): null[] => new Array<null>(length).fill(null);

/** Index behind which the stream was broken: what is drawn stops there. */
export function breaks({ times, columns }: Series): number[] {
  const intervals = columns.get('interval');
  const found: number[] = [];
  for (let row = 1; row < times.length; row += 1) {
    const longest = Math.max(
      LONGEST_STEP,
      1.5 * (intervals?.[row] ?? 0),
      1.5 * (intervals?.[row - 1] ?? 0),
    );
    // Of what was thinned out, neighbours are as far apart as their neighbours are.
    const before = row > 1 ? times[row - 1]! - times[row - 2]! : 0;
    if (times[row]! - times[row - 1]! > Math.max(longest, 2.5 * Math.min(before, 20_000)))
      found.push(row);
  }
  return found;
}

/** Counts of a second, per second. */
export function perSecond(series: Series, name: string, factor = 1): (number | null)[] {
  const values = series.columns.get(name);
  const intervals = series.columns.get('interval');
  return series.times.map((_, row) => {
    const value = values?.[row] ?? null;
    const interval = intervals?.[row] ?? 1000;
    return value === null || interval <= 0 ? null : (value * 1000 * factor) / interval;
  });
}

export function plain(series: Series, name: string, factor = 1): (number | null)[] {
  const values = series.columns.get(name);
  return series.times.map((_, row) => {
    const value = values?.[row] ?? null;
    return value === null ? null : value * factor;
  });
}

/** The rows of a stretch, milliseconds. */
export function between(series: Series, from: number, to: number): Series {
  const keep = (_: unknown, index: number): boolean => {
    const time = series.times[index]!;
    return time >= from && time <= to;
  };
  return {
    times: series.times.filter(keep),
    columns: new Map([...series.columns].map(([name, values]) => [name, values.filter(keep)])),
  };
}

/** Nearest rank, of what was measured. */
export function quantile(values: readonly (number | null)[], share: number): number | undefined {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
