import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';

import { drawDefaultArt } from '../../../src/apps/art/default-art.ts';
import { measure, writable } from '../../../src/apps/art/lettering.ts';

const draw = async (title: string, command?: readonly string[]) =>
  PNG.sync.read(
    await drawDefaultArt({ id: 'some', title, source: 'desktop', ...(command && { command }) }),
  );

describe('drawDefaultArt', () => {
  it('is a PNG of 600×800, the same each time', async () => {
    const app = { id: 'desktop', title: 'Desktop', source: 'desktop' } as const;
    const first = await drawDefaultArt(app);
    expect(PNG.sync.read(first)).toMatchObject({ width: 600, height: 800 });
    expect((await drawDefaultArt(app)).equals(first)).toBe(true);
  });

  it('carries title and initial, inside the picture', async () => {
    const [steam, doom, blank] = [
      await draw('Steam', ['steam']),
      await draw('Doom', ['doom']),
      await draw('塞尔达', ['zelda']),
    ];
    const differs = (left: number, top: number, right: number, bottom: number, a: PNG, b: PNG) => {
      for (let y = top; y < bottom; y++) {
        for (let x = left; x < right; x++) {
          const at = (y * 600 + x) * 4;
          if (!a.data.subarray(at, at + 3).equals(b.data.subarray(at, at + 3))) return true;
        }
      }
      return false;
    };
    expect(differs(220, 230, 380, 410, steam, doom)).toBe(true);
    expect(differs(56, 600, 544, 780, steam, doom)).toBe(true);
    // A title in another script leaves the place empty, and nothing is drawn in the margins.
    expect(differs(56, 600, 544, 780, steam, blank)).toBe(true);
    expect(differs(0, 0, 40, 800, steam, blank)).toBe(false);
    expect(differs(560, 0, 600, 800, steam, blank)).toBe(false);
  });

  it('draws any title', async () => {
    for (const title of ['', 'W'.repeat(128), 'a '.repeat(64), '💫', "?!&'(),-./:+ 0123456789"]) {
      expect((await draw(title, ['x'])).width).toBe(600);
    }
  });
});

describe('writable', () => {
  it.each([
    ['Baldur’s Gate', "BALDUR'S GATE"],
    ['Über–Größe', 'UBER-GROSSE'],
    ['Half-Life™ 2', 'HALF-LIFETM 2'],
    ['ドゥーム', ''],
    ['ДУМ 2', ''],
  ])('%s becomes %j', (title, text) => {
    expect(writable(title)).toBe(text);
  });

  it('is measured without the space behind the last letter', () => {
    const style = { height: 100, stroke: 8, spacing: 30 };
    expect(measure('I', style)).toBe(0);
    expect(measure('HH', style)).toBe(74 + 30 + 74);
  });
});
