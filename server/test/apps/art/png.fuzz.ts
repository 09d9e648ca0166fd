import fc from 'fast-check';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';

import { InvalidArt, MAX_ART_PIXELS, decodePng } from '../../../src/apps/art/png.ts';
import { fuzz } from '../../corpus/fuzz.ts';

const corpus = path.join(import.meta.dirname, '../../corpus/png');

/** Whatever the bytes are: a picture within its limits, or a refusal in one sentence. */
async function check(bytes: Buffer): Promise<void> {
  try {
    const { width, height, data } = await decodePng(bytes);
    expect(width * height).toBeLessThanOrEqual(MAX_ART_PIXELS);
    expect(data.length).toBe(width * height * 4);
  } catch (error) {
    if (!(error instanceof InvalidArt)) throw error;
  }
}

/** Sums every chunk anew, so that a mutation gets past the check sums. */
function summed(bytes: Buffer): Buffer {
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (length > bytes.length - at - 12) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, at + 8 + length)), at + 8 + length);
    at += 12 + length;
  }
  return bytes;
}

function seed(colorType: 0 | 2 | 4 | 6): Buffer {
  const picture = new PNG({ width: 5, height: 3 });
  for (let at = 0; at < picture.data.length; at++) picture.data[at] = at * 7;
  return PNG.sync.write(picture, { colorType, inputHasAlpha: true });
}

describe('decodePng', () => {
  mkdirSync(corpus, { recursive: true });
  it.each(readdirSync(corpus))('survives %s', async (name) => {
    await check(readFileSync(path.join(corpus, name)));
  });

  it('survives random and mutated pictures', async () => {
    const seeds = ([0, 2, 4, 6] as const).map(seed);
    await fuzz(
      fc.asyncProperty(
        fc.oneof(
          {
            weight: 1,
            arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
          },
          {
            weight: 9,
            arbitrary: fc
              .tuple(
                fc.constantFrom(...seeds),
                fc.array(fc.tuple(fc.nat(200), fc.nat(255)), { maxLength: 6 }),
                fc.nat(200),
                fc.boolean(),
                fc.boolean(),
              )
              .map(([bytes, changes, length, cut, sum]) => {
                const mutated = Buffer.from(cut ? bytes.subarray(0, length) : bytes);
                for (const [at, value] of changes) {
                  if (at < mutated.length) mutated[at] = value;
                }
                return sum ? summed(mutated) : mutated;
              }),
          },
        ),
        check,
      ),
    );
  });
});
