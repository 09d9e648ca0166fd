import { PNG } from 'pngjs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { drawDefaultArt } from '../../../src/apps/art/default-art.ts';
import type { ArtSubject } from '../../../src/apps/art/default-art.ts';

/** The field of the title, the middle of the moon, and the margin around both. */
const TITLE = [56, 580, 544, 780] as const;
const MOON = [200, 220, 400, 410] as const;
const MARGIN = [0, 0, 50, 800] as const;

const draw = async (title: string, more: Partial<ArtSubject> = {}) =>
  PNG.sync.read(
    await drawDefaultArt(sharp, {
      id: 'some',
      title,
      source: 'desktop',
      hasCommand: true,
      ...more,
    }),
  );

/** @returns pixels in which two pictures differ within a field */
function difference(a: PNG, b: PNG, field: readonly [number, number, number, number]): number {
  const [left, top, right, bottom] = field;
  let count = 0;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = (y * 600 + x) * 4;
      if (!a.data.subarray(at, at + 3).equals(b.data.subarray(at, at + 3))) count++;
    }
  }
  return count;
}

describe('drawDefaultArt', () => {
  it('is an opaque PNG of 600×800, the same each time', async () => {
    const app = { id: 'desktop', title: 'Desktop', source: 'desktop', hasCommand: false } as const;
    const first = await drawDefaultArt(sharp, app);
    expect(await sharp(first).metadata()).toMatchObject({
      format: 'png',
      width: 600,
      height: 800,
      channels: 3,
      hasAlpha: false,
    });
    expect((await drawDefaultArt(sharp, app)).equals(first)).toBe(true);
  });

  it('differs by title and initial, by motif, and by the id’s colours', async () => {
    const [steam, doom, blank] = [await draw('Steam'), await draw('Doom'), await draw('')];
    for (const field of [TITLE, MOON]) {
      expect(difference(steam, doom, field)).toBeGreaterThan(1000);
      expect(difference(steam, blank, field)).toBeGreaterThan(1000);
    }
    expect(difference(steam, blank, MARGIN)).toBe(0);
    const desktop = await draw('Steam', { hasCommand: false });
    const pattern = await draw('Steam', { source: 'test-pattern' });
    const second = await draw('Steam', { hasCommand: false, source: 'own' });
    expect(difference(desktop, pattern, MOON)).toBeGreaterThan(1000);
    expect(difference(desktop, second, MOON)).toBeGreaterThan(1000);
    expect(difference(steam, await draw('Steam', { id: 'other' }), MARGIN)).toBeGreaterThan(1000);
  });

  // Boxes that stand for letters that no font has share their frames and differ by small digits alone.
  it.each([
    ['Japanese', '日本語', '\u0378\u0379\u0378'],
    ['Korean', '한국어', '\u0378\u0379\u0378'],
    ['Arabic', 'الأمير', '\u0378\u0379\u0378\u0379\u0378\u0379'],
    ['Hindi', 'खेलना', '\u0378\u0379\u0378\u0379\u0378'],
    ['Russian', 'ДУМ', '\u0378\u0379\u0378'],
    ['emoji', '🎮🎲', '\u{1faff}\u{1fafe}'],
  ])('writes %s', async (_script, title, unknown) => {
    const [drawn, boxes, blank] = [await draw(title), await draw(unknown), await draw('')];
    const ink = difference(drawn, blank, TITLE) + difference(boxes, blank, TITLE);
    expect(difference(drawn, boxes, TITLE) / ink).toBeGreaterThan(0.4);
  });

  it.each(['\u200d', '\u{e0fff}', '\u0007', ' '])(
    'draws the rest where nothing of a title shows: %j',
    async (title) => {
      expect(difference(await draw(title), await draw(''), [0, 0, 600, 800])).toBe(0);
    },
  );

  it('keeps any title inside the field', async () => {
    const blank = await draw('');
    for (const title of [
      'W'.repeat(128),
      'あ'.repeat(128),
      'a '.repeat(64),
      '<b>&amp;</b>',
      '\u001b[31m',
    ]) {
      const drawn = await draw(title);
      expect(difference(drawn, blank, TITLE)).toBeGreaterThan(100);
      expect(difference(drawn, blank, MARGIN)).toBe(0);
      expect(difference(drawn, blank, [550, 0, 600, 800])).toBe(0);
      expect(difference(drawn, blank, [0, 785, 600, 800])).toBe(0);
    }
  });
});
