import type { RecordingHeader } from '../../api/contract.ts';
import { perSecond, plain, quantile } from './series.ts';
import type { Series } from './series.ts';

/** One figure of a stream that two recordings are compared by. */
export interface Metric {
  readonly name: string;
  readonly unit: 'ms' | '%' | 'fps' | 'kbps' | 'count';
  /** which way is good; absent: neither */
  readonly better?: 'more' | 'less';
  readonly values: (series: Series) => readonly (number | null)[];
}

const stage = (name: string): Metric => ({
  name,
  unit: 'ms',
  better: 'less',
  values: (series) => plain(series, `${name}.mean`),
});

export const METRICS: readonly Metric[] = [
  { name: 'newFrames', unit: 'fps', better: 'more', values: (s) => perSecond(s, 'framesNew') },
  {
    name: 'hostLatency',
    unit: 'ms',
    better: 'less',
    values: (s) => plain(s, 'hostLatency.p50'),
  },
  {
    name: 'hostLatencyP99',
    unit: 'ms',
    better: 'less',
    values: (s) => plain(s, 'hostLatency.p99'),
  },
  ...['captureWait', 'capture', 'convert', 'encodeWait', 'encode', 'sendWait'].map(stage),
  { name: 'spread', unit: 'ms', better: 'less', values: (s) => plain(s, 'spread.mean') },
  { name: 'bitrate', unit: 'kbps', values: (s) => perSecond(s, 'videoBytes', 8 / 1000) },
  { name: 'loss', unit: '%', better: 'less', values: (s) => plain(s, 'client.lossPercentage') },
  {
    name: 'framesLost',
    unit: 'count',
    better: 'less',
    values: (s) => perSecond(s, 'client.framesLost'),
  },
  { name: 'roundTrip', unit: 'ms', better: 'less', values: (s) => plain(s, 'roundTrip') },
];

export interface Compared {
  readonly metric: Metric;
  readonly first: Figures | undefined;
  readonly second: Figures | undefined;
  /** of the medians, second less first */
  readonly difference: number | undefined;
  /** more than either run differs within itself */
  readonly beyond: boolean;
  readonly change: 'better' | 'worse' | 'other' | undefined;
}

export interface Figures {
  readonly median: number;
  readonly p99: number;
  /** how far the medians of its parts lie apart */
  readonly spread: number;
}

/** Parts into which a run is cut to see how far it differs within itself, and the seconds that each has at least. */
const PARTS = 10;
const LEAST_PART = 5;

export function figuresOf(values: readonly (number | null)[]): Figures | undefined {
  const median = quantile(values, 0.5);
  const p99 = quantile(values, 0.99);
  if (median === undefined || p99 === undefined) return undefined;
  const parts = Math.max(1, Math.min(PARTS, Math.floor(values.length / LEAST_PART)));
  const size = Math.ceil(values.length / parts);
  const medians = Array.from({ length: parts }, (_, part) =>
    quantile(values.slice(part * size, (part + 1) * size), 0.5),
  ).filter((each) => each !== undefined);
  return { median, p99, spread: Math.max(...medians) - Math.min(...medians) };
}

/** The two side by side. A difference counts when it is larger than what either run shows of itself. */
export function compare(first: Series, second: Series): Compared[] {
  return METRICS.map((metric) => {
    const one = figuresOf(metric.values(first));
    const other = figuresOf(metric.values(second));
    const difference = one && other && other.median - one.median;
    const own = Math.max(one?.spread ?? 0, other?.spread ?? 0);
    const size = Math.abs(difference ?? 0);
    // What differs by less than the figures are exact is the same.
    const exact = 0.05 * Math.max(Math.abs(one?.median ?? 0), Math.abs(other?.median ?? 0));
    const beyond = size > own && size > exact;
    return {
      metric,
      first: one,
      second: other,
      difference,
      beyond,
      change: changeOf(metric, difference, beyond),
    };
  }).filter(({ first: one, second: other }) => one || other);
}

function changeOf(
  { better }: Metric,
  difference: number | undefined,
  beyond: boolean,
): Compared['change'] {
  if (difference === undefined || !beyond) return undefined;
  if (better === undefined) return 'other';
  return difference > 0 === (better === 'more') ? 'better' : 'worse';
}

/** What of two recordings' heads differs: the settings that may explain the rest. */
export function differences(
  first: RecordingHeader['identity'],
  second: RecordingHeader['identity'],
): { readonly name: string; readonly first: string; readonly second: string }[] {
  const one = flat(first);
  const other = flat(second);
  return [...new Set([...one.keys(), ...other.keys()])].flatMap((name) => {
    const [a, b] = [one.get(name) ?? '–', other.get(name) ?? '–'];
    return a === b ? [] : [{ name, first: a, second: b }];
  });
}

function flat(value: unknown, prefix = ''): Map<string, string> {
  const found = new Map<string, string>();
  for (const [key, each] of Object.entries(value as Record<string, unknown>)) {
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (typeof each === 'object' && each !== null)
      for (const entry of flat(each, name)) found.set(...entry);
    else if (each !== undefined && name !== 'device.fingerprint' && name !== 'app.id')
      found.set(name, String(each));
  }
  return found;
}
