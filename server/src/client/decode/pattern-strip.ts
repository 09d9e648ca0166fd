/**
 * The machine-readable strip at the top of the test picture (docs/3-reference/test-pattern.md), read from decoded luma.
 * Written apart from the host's own reader in C++, so that each checks the other.
 */

export interface PatternStamp {
  /** drawn pictures, 1, 2, 3 … */
  readonly counter: number;
  /** CLOCK_MONOTONIC at drawing, milliseconds */
  readonly drawnAt: number;
}

const COLUMNS = 32;
const ROWS = 4;
const ROWS_PER_PICTURE = 30;
const SYNC = 0xa5c3;
const LEAST_CONTRAST = 40;

/** Lines of a picture that the strip covers; a decoder may crop the rest away. */
export function stripHeight(pictureHeight: number): number {
  return Math.floor((ROWS * pictureHeight) / ROWS_PER_PICTURE);
}

/**
 * @param luma at least the strip's lines, `width` bytes each
 * @param height of the whole picture, not of what was cropped
 * @returns `undefined` when there is no strip, or one that is damaged
 */
export function readPatternStrip(
  luma: Uint8Array,
  width: number,
  height: number,
): PatternStamp | undefined {
  const level = (column: number, row: number): number => {
    const left = Math.floor((column * width) / COLUMNS);
    const right = Math.floor(((column + 1) * width) / COLUMNS);
    const top = Math.floor((row * height) / ROWS_PER_PICTURE);
    const bottom = Math.floor(((row + 1) * height) / ROWS_PER_PICTURE);
    // The middle half: away from ringing at the edges.
    const insetX = (right - left) >> 2;
    const insetY = (bottom - top) >> 2;
    let sum = 0;
    let count = 0;
    for (let y = top + insetY; y < bottom - insetY; y++) {
      for (let x = left + insetX; x < right - insetX; x++, count++) sum += luma[y * width + x]!;
    }
    return sum / count;
  };

  let white = 0;
  let black = 0;
  for (let column = 0; column < 16; column++) {
    if ((SYNC >> (15 - column)) & 1) white += level(column, 0) / 8;
    else black += level(column, 0) / 8;
  }
  if (white - black < LEAST_CONTRAST) return undefined;
  const threshold = (white + black) / 2;

  const bytes = Buffer.alloc(ROWS * 4);
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      if (level(column, row) > threshold) bytes[row * 4 + (column >> 3)]! |= 0x80 >> (column & 7);
    }
  }
  if (bytes.readUInt16BE(0) !== SYNC || bytes.readUInt16BE(2) !== crc16(bytes.subarray(4))) {
    return undefined;
  }
  return { counter: bytes.readUInt32BE(4), drawnAt: Number(bytes.readBigUInt64BE(8)) / 1000 };
}

/** CRC-16/CCITT-FALSE. */
function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return crc & 0xffff;
}
