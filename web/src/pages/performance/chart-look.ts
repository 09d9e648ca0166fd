import type { Ink, Line } from './graphs.ts';

/** What a chart is drawn with: colours of the page, read where it stands. */
export interface ChartLook {
  readonly inks: Readonly<Record<Ink, string>>;
  readonly grid: string;
  readonly axis: string;
  readonly ground: string;
  readonly warn: string;
  readonly bad: string;
  readonly font: string;
}

const DAY = {
  sky: '#2f86b8',
  green: '#00795a',
  orange: '#c77700',
  pink: '#b0558b',
  red: '#c0392b',
  blue: '#0072b2',
};
const NIGHT = {
  sky: '#56b4e9',
  green: '#2fbf95',
  orange: '#e69f00',
  pink: '#d98bb9',
  red: '#f0706a',
  blue: '#6fb1f5',
};

/** @param element whose colours hold */
export function lookOf(element: HTMLElement): ChartLook {
  const style = getComputedStyle(element);
  // Custom properties may be light-dark(): a colour that was computed is one.
  const probe = document.createElement('span');
  element.append(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const text = colour('text');
  const look = {
    inks: { ...(isDark(text) ? DAY : NIGHT), text, faint: colour('faint') },
    grid: colour('line'),
    axis: colour('faint'),
    ground: colour('surface'),
    warn: colour('warn'),
    bad: colour('bad'),
    font: `12px ${style.fontFamily}`,
  };
  probe.remove();
  return look;
}

function isDark(colour: string): boolean {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  return red * 0.3 + green * 0.6 + blue * 0.1 < 128;
}

export function dashOf({ shape }: Line): number[] | undefined {
  return { dashed: [6, 4], dotted: [2, 3] }[shape as string];
}

/** Work is filled, waiting is hatched. */
export function fillOf(
  line: Line,
  { inks }: ChartLook,
  context: CanvasRenderingContext2D,
): string | CanvasPattern {
  const ink = inks[line.ink];
  if (line.shape === 'area') return withAlpha(ink, 0.72);
  const size = 8 * devicePixelRatio;
  const tile = document.createElement('canvas');
  tile.width = tile.height = size;
  const brush = tile.getContext('2d')!;
  brush.fillStyle = withAlpha(ink, 0.18);
  brush.fillRect(0, 0, size, size);
  brush.strokeStyle = withAlpha(ink, 0.85);
  brush.lineWidth = 1.5 * devicePixelRatio;
  for (const shift of [-size, 0, size]) {
    brush.beginPath();
    brush.moveTo(shift, size);
    brush.lineTo(shift + size, 0);
    brush.stroke();
  }
  return context.createPattern(tile, 'repeat')!;
}

/** @param colour `#rrggbb` or `rgb(…)` */
export function withAlpha(colour: string, alpha: number): string {
  return `color-mix(in srgb, ${colour} ${Math.round(alpha * 100)}%, transparent)`;
}
