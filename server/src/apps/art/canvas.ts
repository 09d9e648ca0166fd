/** Red, green, blue, each 0…1, in sRGB as the PNG holds them. */
export type Color = readonly [number, number, number];

/** Distance in pixels from a point to a shape's edge, negative inside. */
export type Shape = (x: number, y: number) => number;

/** The part of the canvas that a shape can touch: left, top, right, bottom. */
export type Bounds = readonly [number, number, number, number];

/** Bayer's 8×8 matrix: dithers a dark gradient so that it shows no bands, and still deflates well. */
const BAYER = ditherMatrix();

/** A picture in floating point, painted back to front with smooth edges. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Float32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#pixels = new Float32Array(width * height * 3);
  }

  /** Blends a colour in; `alpha` is asked once per pixel of the bounds, 0…1. */
  paint(color: Color, alpha: (x: number, y: number) => number, bounds?: Bounds): void {
    const [left, top, right, bottom] = bounds ?? [0, 0, this.width, this.height];
    const fromX = Math.max(0, Math.floor(left));
    const toX = Math.min(this.width, Math.ceil(right));
    const toY = Math.min(this.height, Math.ceil(bottom));
    for (let y = Math.max(0, Math.floor(top)); y < toY; y++) {
      for (let x = fromX; x < toX; x++) {
        const share = alpha(x + 0.5, y + 0.5);
        if (share <= 0) continue;
        const at = (y * this.width + x) * 3;
        for (let channel = 0; channel < 3; channel++) {
          const below = this.#pixels[at + channel]!;
          this.#pixels[at + channel] = below + (color[channel]! - below) * Math.min(1, share);
        }
      }
    }
  }

  /** Fills a shape, its edge one pixel soft. */
  fill(color: Color, shape: Shape, bounds?: Bounds, alpha = 1): void {
    this.paint(color, (x, y) => coverage(shape(x, y)) * alpha, bounds);
  }

  /** @returns RGBA, 8 bits each, dithered */
  toBytes(): Buffer {
    const bytes = Buffer.alloc(this.width * this.height * 4, 255);
    for (let y = 0; y < this.height; y++) {
      for (let x = 0; x < this.width; x++) {
        const pixel = y * this.width + x;
        const threshold = BAYER[(y & 7) * 8 + (x & 7)]!;
        for (let channel = 0; channel < 3; channel++) {
          const value = this.#pixels[pixel * 3 + channel]! * 255;
          bytes[pixel * 4 + channel] = Math.max(0, Math.min(255, Math.floor(value + threshold)));
        }
      }
    }
    return bytes;
  }
}

/** How much of a pixel lies inside, from its centre's distance to the edge. */
export function coverage(distance: number): number {
  return Math.max(0, Math.min(1, 0.5 - distance));
}

/** Math.hypot guards against overflow and costs ten times as much. */
export function length(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

export function disc(centerX: number, centerY: number, radius: number): Shape {
  return (x, y) => length(x - centerX, y - centerY) - radius;
}

/** A rectangle around its centre with rounded corners. */
export function roundedBox(
  centerX: number,
  centerY: number,
  width: number,
  height: number,
  radius: number,
): Shape {
  return (x, y) => {
    const outX = Math.abs(x - centerX) - width / 2 + radius;
    const outY = Math.abs(y - centerY) - height / 2 + radius;
    const outside = length(Math.max(outX, 0), Math.max(outY, 0));
    return outside + Math.min(Math.max(outX, outY), 0) - radius;
  };
}

/** The outline of a shape, `thickness` pixels wide. */
export function outline(shape: Shape, thickness: number): Shape {
  return (x, y) => Math.abs(shape(x, y)) - thickness / 2;
}

export function mix(from: Color, to: Color, share: number): Color {
  const blend = (index: 0 | 1 | 2) => from[index] + (to[index] - from[index]) * share;
  return [blend(0), blend(1), blend(2)];
}

function ditherMatrix(): Float32Array {
  const matrix = new Float32Array(64);
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      let rank = 0;
      for (let bit = 0; bit < 3; bit++) {
        rank = (rank << 2) | ((((x ^ y) >> bit) & 1) << 1) | ((y >> bit) & 1);
      }
      matrix[y * 8 + x] = (rank + 0.5) / 64;
    }
  }
  return matrix;
}
