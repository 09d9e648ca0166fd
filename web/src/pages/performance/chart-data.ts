import type { AlignedData } from 'uplot';

import type { Graph, Line } from './graphs.ts';
import { breaks } from './series.ts';
import type { Series } from './series.ts';

export const isArea = ({ shape }: Line): boolean => shape === 'area' || shape === 'waiting';

/**
 * What uPlot draws: seconds since the beginning, then each line; areas are laid on each other. Where the stream was
 * broken a row of nothing stands between, so that nothing is drawn over it.
 *
 * @param hidden lines that are not drawn, and that nothing lies on
 */
export function chartData(graph: Graph, series: Series, hidden: ReadonlySet<string>): AlignedData {
  const gaps = new Set(breaks(series));
  const times = withGaps(
    series.times,
    gaps,
    (row) => (series.times[row - 1]! + series.times[row]!) / 2,
  );
  const values = new Map(graph.lines.map((line) => [line, line.values(series)]));
  const lower: number[] = new Array<number>(series.times.length).fill(0);
  const lines = graph.lines.map((line) => {
    const own = values.get(line)!;
    if (hidden.has(line.name))
      return withGaps(
        own.map(() => null),
        gaps,
        () => null,
      );
    if (!isArea(line)) return withGaps(own, gaps, () => null);
    // What was not measured adds nothing; where nothing of a row was, it is a gap.
    const isMeasured = graph.lines.filter(isArea).map((each) => values.get(each)!);
    const top = own.map((value, row) => {
      lower[row]! += value ?? 0;
      return isMeasured.some((column) => column[row] !== null) ? lower[row]! : null;
    });
    return withGaps(top, gaps, () => null);
  });
  return [times.map((time) => time! / 1000), ...lines] as AlignedData;
}

function withGaps<T extends number | null>(
  values: readonly T[],
  gaps: ReadonlySet<number>,
  between: (row: number) => T | null,
): (T | null)[] {
  if (gaps.size === 0) return [...values];
  return values.flatMap((value, row) => (gaps.has(row) ? [between(row), value] : [value]));
}
