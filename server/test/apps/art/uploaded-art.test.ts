import { PNG } from 'pngjs';
import { deflateSync, crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { InvalidArt } from '../../../src/apps/art/png.ts';
import { prepareArt } from '../../../src/apps/art/uploaded-art.ts';

type Paint = (x: number, y: number) => readonly [number, number, number, number];

function png(width: number, height: number, paint: Paint): Buffer {
  const picture = new PNG({ width, height });
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) picture.data.set(paint(x, y), (y * width + x) * 4);
  }
  return PNG.sync.write(picture);
}

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

function header(width: number, height: number, interlace = 0): Buffer {
  const content = Buffer.alloc(13);
  content.writeUInt32BE(width, 0);
  content.writeUInt32BE(height, 4);
  content.set([8, 2, 0, 0, interlace], 8);
  return chunk('IHDR', content);
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const END = chunk('IEND', Buffer.alloc(0));

describe('prepareArt', () => {
  it.each([
    [600, 800],
    [130, 180],
    [628, 888],
    [1, 1],
    [2000, 3000],
    [1200, 40],
    [7, 1800],
  ])('%d×%d becomes 600×800', async (width, height) => {
    const result = PNG.sync.read(await prepareArt(png(width, height, () => [10, 200, 90, 255])));
    expect([result.width, result.height]).toEqual([600, 800]);
    for (const at of [0, 600 * 400 + 300, 600 * 800 - 1]) {
      expect([...result.data.subarray(at * 4, at * 4 + 4)]).toEqual([10, 200, 90, 255]);
    }
  });

  it('cuts around the middle and keeps the shape', async () => {
    // Twice as wide as 3:4: the outer quarters go.
    const wide = png(1200, 800, (x) => (x < 300 || x >= 900 ? [255, 0, 0, 255] : [0, 0, 255, 255]));
    const result = PNG.sync.read(await prepareArt(wide));
    for (const x of [0, 300, 599]) {
      expect([...result.data.subarray(x * 4, x * 4 + 3)]).toEqual([0, 0, 255]);
    }
  });

  it('puts what is transparent on black', async () => {
    const result = PNG.sync.read(await prepareArt(png(60, 80, () => [255, 255, 255, 128])));
    expect(result.data[0]).toBe(128);
  });

  it('keeps nothing of the file but its pixels', async () => {
    const plain = png(60, 80, () => [1, 2, 3, 255]);
    const text = chunk('tEXt', Buffer.from('Comment\0<script>'));
    const carrying = Buffer.concat([
      plain.subarray(0, 33),
      text,
      plain.subarray(33),
      Buffer.from('PK'),
    ]);
    expect((await prepareArt(carrying)).equals(await prepareArt(plain))).toBe(true);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 74, 70, 73, 70])],
    ['a signature alone', SIGNATURE],
    ['too many bytes', Buffer.alloc(8 * 1024 * 1024 + 1)],
    ['too wide', Buffer.concat([SIGNATURE, header(4097, 1), chunk('IDAT', Buffer.alloc(9)), END])],
    [
      'too many pixels',
      Buffer.concat([SIGNATURE, header(4000, 4000), chunk('IDAT', Buffer.alloc(9)), END]),
    ],
    ['no size', Buffer.concat([SIGNATURE, header(0, 10), chunk('IDAT', Buffer.alloc(9)), END])],
    ['no data', Buffer.concat([SIGNATURE, header(10, 10), END])],
    [
      'data too short',
      Buffer.concat([
        SIGNATURE,
        header(100, 100),
        chunk('IDAT', deflateSync(Buffer.alloc(9))),
        END,
      ]),
    ],
    [
      'a second header',
      Buffer.concat([
        SIGNATURE,
        header(1, 1),
        header(4096, 4096),
        chunk('IDAT', deflateSync(Buffer.alloc(4))),
        END,
      ]),
    ],
    ['cut off', png(60, 80, () => [1, 2, 3, 255]).subarray(0, 60)],
  ])('refuses %s with a sentence', async (_what, bytes) => {
    await expect(prepareArt(bytes)).rejects.toThrow(InvalidArt);
    await expect(prepareArt(bytes)).rejects.toThrow(/^The .*\.$/);
  });

  it.each([0, 1])('does not unpack a bomb (interlace %d)', async (interlace) => {
    const bomb = Buffer.concat([
      SIGNATURE,
      header(16, 16, interlace),
      chunk('IDAT', deflateSync(Buffer.alloc(256 * 1024 * 1024))),
      END,
    ]);
    const before = process.memoryUsage.rss();
    await expect(prepareArt(bomb)).rejects.toThrow(InvalidArt);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 1024 * 1024);
  });
});
