import type { Graph, GraphName, GraphUnit } from './graphs.ts';
import { METRICS } from './compare.ts';
import type { Series } from './series.ts';

/** What of two recordings is laid over each other, on the time since each began. */
const COMPARED: readonly (readonly [GraphName, GraphUnit, string, number])[] = [
  ['latency', 'ms', 'hostLatency', 1],
  ['frames', 'fps', 'newFrames', 1],
  ['bitrate', 'mbps', 'bitrate', 1e-3],
  ['loss', '%', 'loss', 1],
  ['repair', 'count', 'framesLost', 1],
  ['roundTrip', 'ms', 'roundTrip', 1],
];

export const COMPARED_GRAPHS: readonly Graph[] = COMPARED.map(([name, unit, metric]) => ({
  name,
  unit,
  lines: [
    {
      name: 'first',
      ink: 'blue',
      shape: 'line',
      values: ({ columns }) => columns.get(`1 ${metric}`)!,
    },
    {
      name: 'second',
      ink: 'orange',
      shape: 'dashed',
      values: ({ columns }) => columns.get(`2 ${metric}`)!,
    },
  ],
}));

/** Both in one: the times of either, and of each what was measured then. */
export function overlaid(first: Series, second: Series): Series {
  const times = [...new Set([...first.times, ...second.times])].sort((a, b) => a - b);
  const columns = new Map<string, (number | null)[]>();
  for (const [, , name, factor] of COMPARED) {
    const { values } = METRICS.find((each) => each.name === name)!;
    for (const [place, series] of [first, second].entries()) {
      const own = values(series);
      const at = new Map(series.times.map((time, row) => [time, own[row] ?? null]));
      columns.set(`${place + 1} ${name}`, held(times, at, series, factor));
    }
  }
  return { times, columns };
}

/** A value holds until the next one of its series, or lines would break at the other's times. */
function held(
  times: readonly number[],
  at: ReadonlyMap<number, number | null>,
  { times: own }: Series,
  factor: number,
): (number | null)[] {
  const last = own.at(-1) ?? -1;
  let value: number | null = null;
  return times.map((time) => {
    if (at.has(time)) value = at.get(time)!;
    return time > last || value === null ? null : value * factor;
  });
}
