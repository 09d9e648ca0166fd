import type uPlot from 'uplot';

import type { ChartLook } from './chart-look.ts';
import { dashOf, fillOf, withAlpha } from './chart-look.ts';
import { isArea } from './chart-data.ts';
import { amount, moment } from './figures.ts';
import type { Graph } from './graphs.ts';
import type { Mark } from './marks.ts';

/** A stretch in which something was wrong, milliseconds. */
export interface Trouble {
  readonly from: number;
  readonly to: number;
  readonly severity: string;
}

/** What is drawn over and under the lines, as it is when it is drawn. */
export interface Overlay {
  readonly marks: readonly Mark[];
  readonly troubles: readonly Trouble[];
  /** a level that nothing should cross, or that should be met */
  readonly limit: number | undefined;
}

export interface ChartEvents {
  readonly overlay: () => Overlay;
  /** the cursor stands on this row; undefined: nowhere */
  readonly onCursor: (row: number | undefined) => void;
  /** the person chose a stretch, seconds */
  readonly onRange: (from: number, to: number) => void;
}

const SYNC = 'performance';

/** Everything about a chart but its data. */
export function chartOptions(
  graph: Graph,
  look: ChartLook,
  size: { readonly width: number; readonly height: number },
  { overlay, onCursor, onRange }: ChartEvents,
): uPlot.Options {
  const areas = graph.lines.flatMap((line, index) => (isArea(line) ? [index + 1] : []));
  const axis = {
    stroke: look.axis,
    font: look.font,
    grid: { stroke: look.grid, width: 1 },
    ticks: { stroke: look.grid, width: 1, size: 4 },
  };
  return {
    ...size,
    padding: [10, 22, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: SYNC, setSeries: false },
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 },
    },
    scales: {
      x: { time: false },
      y: { range: (_, least, most) => yRange(Math.max(most ?? 0, 0), least, overlay().limit) },
    },
    axes: [
      { ...axis, size: 28, values: (_, ticks) => ticks.map(moment) },
      { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => tickText(tick, graph)) },
    ],
    series: [
      {},
      ...graph.lines.map((line): uPlot.Series => {
        const dash = dashOf(line);
        return {
          stroke: look.inks[line.ink],
          width: isArea(line) ? 1 : 2,
          ...(dash && { dash }),
          points: { show: false },
          ...(isArea(line) &&
            areas[0] === graph.lines.indexOf(line) + 1 && {
              fill: (chart: uPlot) => fillOf(line, look, chart.ctx),
            }),
        };
      }),
    ],
    // Each area is what lies between its line and the one below.
    bands: areas.slice(1).map((index, place) => ({
      series: [index, areas[place]!],
      fill: (chart) => fillOf(graph.lines[index - 1]!, look, chart.ctx) as string,
    })),
    hooks: {
      drawAxes: [(chart) => drawTroubles(chart, overlay(), look)],
      draw: [(chart) => drawOverlay(chart, overlay(), look)],
      setCursor: [(chart) => onCursor(chart.cursor.idx ?? undefined)],
      setSelect: [
        (chart) => {
          if (chart.select.width < 4) return;
          const from = chart.posToVal(chart.select.left, 'x');
          const to = chart.posToVal(chart.select.left + chart.select.width, 'x');
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          onRange(from, to);
        },
      ],
    },
  };
}

function yRange(most: number, _least: number, limit = 0): [number, number] {
  return [0, Math.max(most, limit) * 1.08 || 1];
}

function tickText(tick: number, { unit }: Graph): string {
  if (unit === 'mbps') return amount(tick, 'fps') + ' M';
  return unit === 'ms' || unit === '%' ? `${amount(tick, 'count')} ${unit}` : amount(tick, 'count');
}

function drawTroubles(chart: uPlot, { troubles }: Overlay, look: ChartLook): void {
  const { ctx, bbox } = chart;
  ctx.save();
  for (const { from, to, severity } of troubles) {
    const left = Math.max(bbox.left, chart.valToPos(from / 1000, 'x', true));
    const right = Math.min(bbox.left + bbox.width, chart.valToPos(to / 1000, 'x', true));
    if (right <= left) continue;
    ctx.fillStyle = withAlpha(severity === 'bad' ? look.bad : look.warn, 0.16);
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

function drawOverlay(chart: uPlot, { marks, limit }: Overlay, look: ChartLook): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  if (limit !== undefined) {
    const y = chart.valToPos(limit, 'y', true);
    ctx.strokeStyle = look.axis;
    ctx.setLineDash([8 * devicePixelRatio, 5 * devicePixelRatio]);
    line(ctx, bbox.left, y, bbox.left + bbox.width, y);
  }
  ctx.setLineDash([]);
  for (const { at, kind } of marks) {
    const x = chart.valToPos(at / 1000, 'x', true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    const isGrave = kind === 'fault' || kind === 'media-restarted';
    ctx.strokeStyle = ctx.fillStyle = isGrave ? look.bad : look.axis;
    ctx.globalAlpha = isGrave ? 0.9 : 0.45;
    line(ctx, x, bbox.top, x, bbox.top + bbox.height);
    ctx.globalAlpha = 1;
    const size = 4 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(x - size, bbox.top);
    ctx.lineTo(x + size, bbox.top);
    ctx.lineTo(x, bbox.top + size * 1.5);
    ctx.fill();
  }
  ctx.restore();
}

function line(ctx: CanvasRenderingContext2D, x: number, y: number, toX: number, toY: number): void {
  ctx.beginPath();
  ctx.moveTo(x, y);
  ctx.lineTo(toX, toY);
  ctx.stroke();
}
