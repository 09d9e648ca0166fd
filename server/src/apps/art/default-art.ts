import { createHash } from 'node:crypto';

import type { App } from '../apps.ts';
import { Canvas, coverage, disc, length, mix, outline, roundedBox } from './canvas.ts';
import type { Color } from './canvas.ts';
import { letter, measure, writable } from './lettering.ts';
import { ART_HEIGHT, ART_WIDTH, encodePng } from './png.ts';

/** A night sky: above, at the horizon, and the light on the moon's edge. */
interface Palette {
  readonly sky: Color;
  readonly horizon: Color;
  readonly light: Color;
}

const PALETTES: readonly Palette[] = [
  { sky: rgb(0x0b1030), horizon: rgb(0x2f4d9c), light: rgb(0xcfe2ff) },
  { sky: rgb(0x150b2e), horizon: rgb(0x63409f), light: rgb(0xe8d6ff) },
  { sky: rgb(0x04202b), horizon: rgb(0x14707d), light: rgb(0xc9f7f2) },
  { sky: rgb(0x230a20), horizon: rgb(0x97386a), light: rgb(0xffd3e2) },
  { sky: rgb(0x1d1208), horizon: rgb(0x9a5a2b), light: rgb(0xffe6c4) },
  { sky: rgb(0x08211a), horizon: rgb(0x2c7a55), light: rgb(0xd3f8df) },
  { sky: rgb(0x121722), horizon: rgb(0x4d617f), light: rgb(0xe4edf8) },
  { sky: rgb(0x230d10), horizon: rgb(0xa13f3f), light: rgb(0xffd9cc) },
];

const WHITE: Color = [1, 1, 1];
const BLACK: Color = [0, 0, 0];
/** 75 % bars in their usual order. */
const BARS: readonly Color[] = [
  0xc0c0c0, 0xc0c000, 0x00c0c0, 0x00c000, 0xc000c0, 0xc00000, 0x0000c0,
].map(rgb);

const CENTER_X = ART_WIDTH / 2;
const CENTER_Y = 318;
const RADIUS = 196;
const TITLE_TOP = 632;
const TITLE_WIDTH = ART_WIDTH - 112;

/**
 * The picture of an app that has none: a moon in earthshine that carries the app's motif (a screen, colour bars,
 * or its initial), and its title below. Colours follow the id, so an app keeps its own.
 *
 * @returns PNG, 600×800
 */
export function drawDefaultArt(
  app: Pick<App, 'id' | 'title' | 'source' | 'command'>,
): Promise<Buffer> {
  const canvas = new Canvas(ART_WIDTH, ART_HEIGHT);
  const title = writable(app.title);
  const palette = paletteOf(app);
  drawSky(canvas, palette);
  drawMoon(canvas, palette);
  if (app.source === 'test-pattern') drawBars(canvas, palette);
  else if (!app.command) drawScreen(canvas, palette);
  else drawInitial(canvas, title, palette);
  drawTitle(canvas, title, palette);
  return encodePng(canvas.toBytes(), ART_WIDTH, ART_HEIGHT);
}

function paletteOf(app: Pick<App, 'id' | 'source' | 'command'>): Palette {
  if (app.source === 'test-pattern') return PALETTES[6]!;
  if (!app.command) return PALETTES[0]!;
  const hash = createHash('sha256').update(app.id).digest();
  return PALETTES[hash[0]! % PALETTES.length]!;
}

function drawSky(canvas: Canvas, { sky, horizon, light }: Palette): void {
  canvas.paint(sky, () => 1);
  canvas.paint(horizon, (x, y) => smooth((y / ART_HEIGHT) * 0.92 + (x / ART_WIDTH) * 0.12));
  // The glow that the lit edge throws into the sky.
  canvas.paint(light, (x, y) => {
    const distance = length(x - (CENTER_X - 120), y - (CENTER_Y + 110));
    return 0.16 * Math.exp(-((distance / 210) ** 2));
  });
}

function drawMoon(canvas: Canvas, { sky, horizon, light }: Palette): void {
  const moon = disc(CENTER_X, CENTER_Y, RADIUS);
  const earthlit = mix(mix(sky, horizon, 0.42), light, 0.1);
  canvas.fill(earthlit, moon);
  // Earth's light falls from the upper right.
  canvas.paint(light, (x, y) => {
    const fall = (x - CENTER_X - (y - CENTER_Y)) / (2.4 * RADIUS);
    return coverage(moon(x, y)) * 0.1 * smooth(0.5 + fall);
  });
  // The sunlit crescent: the moon without a disc that is moved to the upper right.
  const shadow = disc(CENTER_X + 17, CENTER_Y - 14, RADIUS - 3);
  canvas.paint(light, (x, y) => {
    const away = shadow(x, y);
    return coverage(moon(x, y)) * smooth((away + 5) / 14) * 0.95;
  });
}

function drawScreen(canvas: Canvas, { light, sky }: Palette): void {
  const top = CENTER_Y - 20;
  const frame = roundedBox(CENTER_X, top, 216, 138, 16);
  canvas.fill(sky, frame, undefined, 0.45);
  canvas.paint(light, (x, y) => coverage(frame(x, y)) * 0.2 * smooth((x - y + 120) / 260));
  canvas.fill(light, outline(frame, 11));
  canvas.fill(light, roundedBox(CENTER_X, top + 88, 13, 40, 3));
  canvas.fill(light, roundedBox(CENTER_X, top + 108, 96, 11, 5.5));
}

function drawBars(canvas: Canvas, { light }: Palette): void {
  const width = 228;
  const height = 150;
  const field = roundedBox(CENTER_X, CENTER_Y, width, height, 14);
  for (const [index, bar] of BARS.entries()) {
    const from = CENTER_X - width / 2 + (width / BARS.length) * index;
    const inBar = (x: number) => x >= from && x < from + width / BARS.length;
    canvas.paint(bar, (x, y) => (inBar(x) ? coverage(field(x, y)) * 0.92 : 0));
  }
  // A grey ramp below, as test charts have.
  canvas.paint(BLACK, (x, y) => (y > CENTER_Y + 40 ? coverage(field(x, y)) : 0));
  canvas.paint(WHITE, (x, y) => {
    const step = Math.floor(((x - CENTER_X + width / 2) / width) * 8) / 7;
    return y > CENTER_Y + 40 ? coverage(field(x, y)) * step : 0;
  });
  canvas.fill(light, outline(field, 6));
}

function drawInitial(canvas: Canvas, title: string, { light }: Palette): void {
  const initial = [...title].find((sign) => /[A-Z0-9]/.test(sign));
  if (!initial) return;
  const style = { height: 168, stroke: 17, spacing: 0 };
  const left = CENTER_X - measure(initial, style) / 2;
  const drawn = letter(initial, left, CENTER_Y - style.height / 2, style);
  canvas.fill(mix(light, WHITE, 0.5), drawn.shape, drawn.bounds);
}

function drawTitle(canvas: Canvas, title: string, { light }: Palette): void {
  if (title === '') return;
  const { lines, height } = layOut(title);
  const style = { height, stroke: Math.max(2.4, height * 0.1), spacing: 30 };
  const step = height * 1.62;
  // Few lines stand where the middle of many would be.
  let top = TITLE_TOP + (3 * 1.62 * 26 - lines.length * step) / 2;
  for (const line of lines) {
    const left = CENTER_X - measure(line, style) / 2;
    const drawn = letter(line, left, top, style);
    canvas.fill(mix(light, WHITE, 0.55), drawn.shape, drawn.bounds);
    top += step;
  }
}

/** The largest letters with which a title fits into three lines; what still does not fit ends in dots. */
function layOut(title: string): { lines: readonly string[]; height: number } {
  for (const height of [40, 34, 29, 25, 21]) {
    const lines = wrap(title, height);
    const most = height >= 34 ? 2 : 3;
    if (lines.length <= most && lines.every((line) => fits(line, height))) return { lines, height };
  }
  const height = 21;
  const lines = wrap(title, height)
    .slice(0, 3)
    .map((line) => shorten(line, height));
  return { lines, height };
}

function wrap(title: string, height: number): string[] {
  const lines: string[] = [];
  for (const word of title.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && fits(`${last} ${word}`, height)) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines;
}

function shorten(line: string, height: number): string {
  if (fits(line, height)) return line;
  let kept = line;
  while (kept.length > 1 && !fits(`${kept}...`, height)) kept = kept.slice(0, -1);
  return `${kept}...`;
}

function fits(line: string, height: number): boolean {
  return measure(line, { height, stroke: 0, spacing: 30 }) <= TITLE_WIDTH;
}

function smooth(value: number): number {
  const share = Math.max(0, Math.min(1, value));
  return share * share * (3 - 2 * share);
}

function rgb(hex: number): Color {
  return [(hex >> 16) / 255, ((hex >> 8) & 255) / 255, (hex & 255) / 255];
}
