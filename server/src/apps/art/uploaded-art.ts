import { ART_HEIGHT, ART_WIDTH, decodePng, encodePng } from './png.ts';
import type { Bitmap } from './png.ts';

/**
 * What is kept of an uploaded picture: its pixels, cut to 3:4 around the middle and scaled to 600×800, on black
 * where it is transparent. Whatever else the file carried is gone, and so are the two sizes that Android takes
 * for "no art" (protocol 1 §2.9).
 *
 * @throws InvalidArt
 */
export async function prepareArt(upload: Buffer): Promise<Buffer> {
  return encodePng(fitArt(await decodePng(upload)), ART_WIDTH, ART_HEIGHT);
}

/** @returns RGBA, 600×800 */
function fitArt(picture: Bitmap): Buffer {
  const scale = Math.min(picture.width / ART_WIDTH, picture.height / ART_HEIGHT);
  const left = (picture.width - ART_WIDTH * scale) / 2;
  const top = (picture.height - ART_HEIGHT * scale) / 2;
  const columns = weights(ART_WIDTH, scale, left, picture.width);
  const rows = weights(ART_HEIGHT, scale, top, picture.height);

  // Two passes, first along the lines, then down the columns; only the lines that are used are scaled.
  const firstRow = Math.min(...rows.map((row) => row.first));
  const lastRow = Math.max(...rows.map((row) => row.first + row.shares.length - 1));
  const narrow = new Float32Array((lastRow - firstRow + 1) * ART_WIDTH * 3);
  for (let y = firstRow; y <= lastRow; y++) {
    for (let x = 0; x < ART_WIDTH; x++) {
      const { first, shares } = columns[x]!;
      const at = ((y - firstRow) * ART_WIDTH + x) * 3;
      for (let index = 0; index < shares.length; index++) {
        const from = (y * picture.width + first + index) * 4;
        const share = (shares[index]! * picture.data[from + 3]!) / 255;
        for (let channel = 0; channel < 3; channel++) {
          narrow[at + channel]! += picture.data[from + channel]! * share;
        }
      }
    }
  }
  const fitted = Buffer.alloc(ART_WIDTH * ART_HEIGHT * 4, 255);
  for (let y = 0; y < ART_HEIGHT; y++) {
    const { first, shares } = rows[y]!;
    for (let x = 0; x < ART_WIDTH; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let value = 0;
        for (let index = 0; index < shares.length; index++) {
          const from = ((first + index - firstRow) * ART_WIDTH + x) * 3 + channel;
          value += narrow[from]! * shares[index]!;
        }
        fitted[(y * ART_WIDTH + x) * 4 + channel] = Math.round(Math.min(255, value));
      }
    }
  }
  return fitted;
}

/** Which source pixels a target pixel is made of, and how much of each. */
interface Weights {
  readonly first: number;
  readonly shares: readonly number[];
}

/** A tent as wide as the larger of a source and a target pixel: averages downwards, interpolates upwards. */
function weights(count: number, scale: number, offset: number, limit: number): Weights[] {
  const reach = Math.max(1, scale);
  return Array.from({ length: count }, (_, index) => {
    const center = offset + (index + 0.5) * scale - 0.5;
    const first = Math.max(0, Math.min(limit - 1, Math.ceil(center - reach)));
    const last = Math.max(first, Math.min(limit - 1, Math.floor(center + reach)));
    const shares: number[] = [];
    for (let at = first; at <= last; at++) {
      shares.push(Math.max(0, 1 - Math.abs(at - center) / reach));
    }
    const sum = shares.reduce((total, share) => total + share, 0);
    // A centre outside the picture by rounding leaves nothing: the nearest pixel stands for it.
    return sum > 0
      ? { first, shares: shares.map((share) => share / sum) }
      : { first, shares: shares.map((_share, place) => (place === 0 ? 1 : 0)) };
  });
}
