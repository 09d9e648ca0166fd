import { length } from './canvas.ts';
import type { Bounds, Shape } from './canvas.ts';

/**
 * A small alphabet of strokes, drawn for this program: capitals, digits and a few signs. Capitals are 100 units
 * high, y grows downwards. `M x y` starts a stroke, `L x y` goes on to a point, `A cx cy rx ry from to` along
 * an ellipse between two angles in degrees (0 right, 90 down). The first number is the width.
 */
const GLYPHS: Readonly<Record<string, readonly [width: number, path: string]>> = {
  A: [82, 'M 0 100 L 41 0 L 82 100 M 14 66 L 68 66'],
  B: [66, 'M 0 0 L 36 0 A 36 24 24 24 -90 90 L 0 48 M 36 48 A 38 74 28 26 -90 90 L 0 100 L 0 0'],
  C: [88, 'A 50 50 50 50 -42 -318'],
  D: [82, 'M 0 0 L 30 0 A 30 50 52 50 -90 90 L 0 100 L 0 0'],
  E: [58, 'M 58 0 L 0 0 L 0 100 L 58 100 M 0 49 L 50 49'],
  F: [56, 'M 56 0 L 0 0 L 0 100 M 0 49 L 48 49'],
  G: [99, 'A 50 50 50 50 -42 -360 L 60 50'],
  H: [74, 'M 0 0 L 0 100 M 74 0 L 74 100 M 0 49 L 74 49'],
  I: [0, 'M 0 0 L 0 100'],
  J: [46, 'M 46 0 L 46 74 A 21 74 25 26 0 160'],
  K: [66, 'M 0 0 L 0 100 M 62 0 L 0 62 M 23 40 L 66 100'],
  L: [54, 'M 0 0 L 0 100 L 54 100'],
  M: [92, 'M 0 100 L 0 0 L 46 72 L 92 0 L 92 100'],
  N: [76, 'M 0 100 L 0 0 L 76 100 L 76 0'],
  O: [100, 'A 50 50 50 50 0 360'],
  P: [62, 'M 0 100 L 0 0 L 34 0 A 34 28 28 28 -90 90 L 0 56'],
  Q: [100, 'A 50 50 50 50 0 360 M 62 66 L 98 104'],
  R: [64, 'M 0 100 L 0 0 L 34 0 A 34 28 28 28 -90 90 L 0 56 M 32 56 L 64 100'],
  S: [62, 'A 31 24.5 27 24.5 -30 -270 A 31 74.5 31 25.5 -90 155'],
  T: [70, 'M 0 0 L 70 0 M 35 0 L 35 100'],
  U: [72, 'M 0 0 L 0 64 A 36 64 36 36 180 0 L 72 0'],
  V: [78, 'M 0 0 L 39 100 L 78 0'],
  W: [114, 'M 0 0 L 28 100 L 57 12 L 86 100 L 114 0'],
  X: [70, 'M 0 0 L 70 100 M 70 0 L 0 100'],
  Y: [72, 'M 0 0 L 36 50 L 72 0 M 36 50 L 36 100'],
  Z: [66, 'M 0 0 L 66 0 L 0 100 L 66 100'],
  0: [68, 'A 34 50 34 50 0 360'],
  1: [30, 'M 2 20 L 28 0 L 28 100'],
  2: [62, 'A 31 30 30 30 -165 38 L 0 100 L 62 100'],
  3: [60, 'A 29 25 26 25 -150 90 A 29 75 30 25 -90 150'],
  4: [68, 'M 50 100 L 50 0 L 0 70 L 68 70'],
  5: [60, 'M 56 0 L 12 0 L 7 46 A 29 68 30 32 -136 142'],
  6: [64, 'A 32 69 32 31 0 360 M 50 0 L 4 58'],
  7: [60, 'M 0 0 L 60 0 L 18 100'],
  8: [62, 'A 31 24 25 24 0 360 A 31 74 31 26 0 360'],
  9: [64, 'A 32 31 32 31 0 360 M 60 42 L 14 100'],
  '-': [34, 'M 0 55 L 34 55'],
  '+': [52, 'M 0 55 L 52 55 M 26 29 L 26 81'],
  '.': [0, 'M 0 100 L 0 100'],
  ',': [8, 'M 8 98 L 0 116'],
  ':': [0, 'M 0 42 L 0 42 M 0 100 L 0 100'],
  '!': [0, 'M 0 0 L 0 68 M 0 100 L 0 100'],
  '?': [52, 'A 26 26 26 26 -180 70 L 29 68 M 28 100 L 28 100'],
  "'": [0, 'M 0 0 L 0 20'],
  '/': [44, 'M 0 108 L 44 -8'],
  '(': [20, 'A 58 50 58 62 -130 -230'],
  ')': [20, 'A -38 50 58 62 -50 50'],
  '&': [82, 'M 82 100 L 20 34 A 35 22 19 22 150 390 L 12 56 A 32 75 32 25 -140 -330 L 78 52'],
  ' ': [34, ''],
};

/** A line of text as strokes: what is drawn, and how wide it is. */
export interface Lettering {
  readonly width: number;
  readonly shape: Shape;
  readonly bounds: Bounds;
}

export interface LetteringStyle {
  /** height of a capital, pixels */
  readonly height: number;
  /** width of a stroke, pixels */
  readonly stroke: number;
  /** space between letters, in units of a capital's height / 100 */
  readonly spacing: number;
}

/**
 * What of a text can be written: capitals without accents. Other signs go; a text of which more goes than stays
 * (another script) gives the empty string.
 */
export function writable(text: string): string {
  // Escaped, so that the bundle stays ASCII: V8 keeps a source with one wide character at two bytes each.
  const plain = text
    .replace(/[\u2019\u2018`\u00b4]/g, "'")
    .replace(/[\u2013\u2014_]/g, '-')
    .replace(/\u00df/g, 'SS')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toUpperCase();
  const kept = [...plain].filter((sign) => Object.hasOwn(GLYPHS, sign)).join('');
  const letters = (words: string) => [...words].filter((sign) => sign.trim() !== '').length;
  if (letters(kept) * 2 < letters(plain)) return '';
  return kept.replace(/\s+/g, ' ').trim();
}

/** Width in pixels that a writable text takes. */
export function measure(text: string, style: LetteringStyle): number {
  let width = 0;
  for (const sign of text) width += glyphWidth(sign) + style.spacing;
  return ((width - style.spacing) * style.height) / 100;
}

/** @param left,top of the first capital's box */
export function letter(text: string, left: number, top: number, style: LetteringStyle): Lettering {
  const scale = style.height / 100;
  const reach = style.stroke / 2 + 2;
  const glyphs: { readonly from: number; readonly to: number; readonly lines: Float64Array }[] = [];
  let x = left;
  for (const sign of text) {
    const lines = strokes(GLYPHS[sign]?.[1] ?? '', scale, x, top);
    const width = glyphWidth(sign) * scale;
    // Brackets and slashes lean a little out of their box; a quarter of the height covers them.
    const margin = reach + style.height / 4;
    glyphs.push({ from: x - margin, to: x + width + margin, lines });
    x += width + style.spacing * scale;
  }
  const width = measure(text, style);
  return {
    width,
    bounds: [
      left - reach - style.height / 4,
      top - reach - style.height / 4,
      left + width + reach + style.height / 4,
      top + style.height * 1.25 + reach,
    ],
    shape: (pointX, pointY) => {
      let nearest = Number.POSITIVE_INFINITY;
      for (const glyph of glyphs) {
        if (pointX < glyph.from || pointX > glyph.to) continue;
        nearest = Math.min(nearest, distanceToLines(glyph.lines, pointX, pointY));
      }
      return nearest - style.stroke / 2;
    },
  };
}

function glyphWidth(sign: string): number {
  return GLYPHS[sign]?.[0] ?? 0;
}

/** Flattens a path into lines, four numbers each. */
function strokes(path: string, scale: number, left: number, top: number): Float64Array {
  const words = path.split(' ').filter((word) => word !== '');
  const lines: number[] = [];
  let at: readonly [number, number] | undefined;
  const take = (count: number) => words.splice(0, count).map(Number);
  const lineTo = (x: number, y: number) => {
    const point = [left + x * scale, top + y * scale] as const;
    if (at) lines.push(...at, ...point);
    at = point;
  };
  while (words.length > 0) {
    const command = words.shift();
    if (command === 'A') {
      const [cx, cy, rx, ry, from, to] = take(6) as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      const steps = Math.ceil(Math.abs(to - from) / 9);
      for (let step = 0; step <= steps; step++) {
        const angle = ((from + ((to - from) * step) / steps) * Math.PI) / 180;
        const x = cx + rx * Math.cos(angle);
        const y = cy + ry * Math.sin(angle);
        // An arc that starts far from the last point is a stroke of its own.
        if (
          step === 0 &&
          at &&
          Math.hypot(left + x * scale - at[0], top + y * scale - at[1]) > 16 * scale
        ) {
          at = undefined;
        }
        lineTo(x, y);
      }
    } else {
      const [x, y] = take(2) as [number, number];
      if (command === 'M') at = undefined;
      lineTo(x, y);
    }
  }
  return Float64Array.from(lines);
}

function distanceToLines(lines: Float64Array, x: number, y: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (let at = 0; at < lines.length; at += 4) {
    const fromX = lines[at]!;
    const fromY = lines[at + 1]!;
    const alongX = lines[at + 2]! - fromX;
    const alongY = lines[at + 3]! - fromY;
    const squared = alongX * alongX + alongY * alongY;
    const share = squared === 0 ? 0 : ((x - fromX) * alongX + (y - fromY) * alongY) / squared;
    const place = Math.max(0, Math.min(1, share));
    const distance = length(x - fromX - alongX * place, y - fromY - alongY * place);
    if (distance < nearest) nearest = distance;
  }
  return nearest;
}
