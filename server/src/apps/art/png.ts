import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { PNG } from 'pngjs';

/** Clients show box art in a 3:4 cell (protocol 1 §2.9). */
export const ART_WIDTH = 600;
export const ART_HEIGHT = 800;

/** An upload may have so many bytes, … */
export const MAX_ART_BYTES = 8 * 1024 * 1024;
/** … be so long on a side, … */
const MAX_ART_SIDE = 4096;
/** … and have so many pixels: decoding takes 4 bytes and about 20 ns for each. */
export const MAX_ART_PIXELS = 6_000_000;

/** Why a picture was refused, as a sentence for the person who sent it. */
export class InvalidArt extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvalidArt';
  }
}

export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** RGBA, 8 bits each */
  readonly data: Buffer;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const DAMAGED_DATA = 'The picture is damaged: its PNG data cannot be decoded.';
const inflateAsync = promisify(inflate);

/**
 * Decodes a PNG that somebody sent. Sizes are checked before anything is unpacked, and the unpacked size is
 * bounded by them, so a small file cannot become a large one in memory.
 *
 * @throws InvalidArt
 */
export async function decodePng(bytes: Buffer): Promise<Bitmap> {
  if (bytes.length > MAX_ART_BYTES) throw new InvalidArt('The picture is larger than 8 MiB.');
  const header = readChunks(bytes);
  if (header.width > MAX_ART_SIDE || header.height > MAX_ART_SIDE) {
    throw new InvalidArt(`The picture is more than ${MAX_ART_SIDE} pixels wide or high.`);
  }
  if (header.width * header.height > MAX_ART_PIXELS) {
    throw new InvalidArt('The picture has more than 6 million pixels.');
  }
  try {
    // The decoder bounds its own unpacking only for pictures that are not interlaced, and takes too little data
    // for enough: so the data is unpacked once before, within bounds.
    const unpacked = await inflateAsync(header.data, { maxOutputLength: header.unpacked + 1024 });
    if (unpacked.length < header.unpacked) throw new InvalidArt(DAMAGED_DATA);
    const { width, height, data } = PNG.sync.read(bytes.subarray(0, header.end));
    return { width, height, data };
  } catch {
    throw new InvalidArt(DAMAGED_DATA);
  }
}

/** @param data RGBA; the alpha channel is dropped */
export function encodePng(data: Buffer, width: number, height: number): Promise<Buffer> {
  const png = new PNG({ width, height, colorType: 2, inputColorType: 6, deflateLevel: 9 });
  png.data = data;
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    png
      .pack()
      .on('data', (part: Buffer) => parts.push(part))
      .on('end', () => resolve(Buffer.concat(parts)))
      .on('error', reject);
  });
}

interface Structure {
  readonly width: number;
  readonly height: number;
  /** all IDAT together, still packed */
  readonly data: Buffer;
  /** where the PNG ends in the file; the decoder refuses what some programs append */
  readonly end: number;
  /** bytes that it unpacks to */
  readonly unpacked: number;
}

/** Walks over the chunks: one IHDR, first, and data; every length inside the file. */
function readChunks(bytes: Buffer): Structure {
  if (bytes.length < 8 || !bytes.subarray(0, 8).equals(SIGNATURE)) {
    throw new InvalidArt('The file is no PNG picture.');
  }
  const damaged = () => new InvalidArt('The picture is damaged: its PNG structure is broken.');
  const data: Buffer[] = [];
  let header: Omit<Structure, 'data' | 'end'> | undefined;
  let at = 8;
  for (;;) {
    if (at + 12 > bytes.length) throw damaged();
    const length = bytes.readUInt32BE(at);
    if (length > bytes.length - at - 12) throw damaged();
    const type = bytes.toString('latin1', at + 4, at + 8);
    const content = bytes.subarray(at + 8, at + 8 + length);
    if ((type === 'IHDR') !== (header === undefined)) throw damaged();
    if (type === 'IHDR') {
      header = readHeader(content);
      if (!header) throw damaged();
    }
    if (type === 'IDAT') data.push(content);
    at += 12 + length;
    if (type === 'IEND') break;
  }
  if (!header || data.length === 0) throw damaged();
  return { ...header, data: Buffer.concat(data), end: at };
}

/** Samples per pixel of each colour type (PNG specification §11.2.1). */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };
/** Adam7: where each pass starts and how far it steps, x then y. */
const PASSES = [
  [0, 8, 0, 8],
  [4, 8, 0, 8],
  [0, 4, 4, 8],
  [2, 4, 0, 4],
  [0, 2, 2, 4],
  [1, 2, 0, 2],
  [0, 1, 1, 2],
] as const;

function readHeader(content: Buffer): Omit<Structure, 'data' | 'end'> | undefined {
  if (content.length !== 13) return undefined;
  const width = content.readUInt32BE(0);
  const height = content.readUInt32BE(4);
  const depth = content[8]!;
  const samples = SAMPLES[content[9]!];
  const interlace = content[12]!;
  if (width === 0 || height === 0 || samples === undefined || interlace > 1) return undefined;
  if (![1, 2, 4, 8, 16].includes(depth)) return undefined;
  const size = (columns: number, rows: number) =>
    columns === 0 ? 0 : rows * (1 + Math.ceil((columns * samples * depth) / 8));
  const count = (length: number, first: number, step: number) =>
    Math.max(0, Math.ceil((length - first) / step));
  const unpacked =
    interlace === 0
      ? size(width, height)
      : PASSES.map(([x, stepX, y, stepY]) =>
          size(count(width, x, stepX), count(height, y, stepY)),
        ).reduce((sum, part) => sum + part);
  return { width, height, unpacked };
}
