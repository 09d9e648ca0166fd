import { describe, expect, it } from 'vitest';

import { desktopPosition } from '../../src/input/desktop-position.ts';
import type { InputTarget } from '../../src/input/input-target.ts';

const picture = { backend: 'uinput', width: 1280, height: 720 } as const;

/** The pixel that an X server makes of a position on an axis over all its monitors. */
function pixel(target: InputTarget, x: number, y: number): [number, number] {
  const { desktopWidth, desktopHeight } = target.source!;
  const [atX, atY] = desktopPosition(target, x, y);
  // The kernel's axis has 65536 steps.
  const step = (at: number, length: number) =>
    Math.floor((Math.round(at * 65_535) * length) / 65_536);
  return [step(atX, desktopWidth), step(atY, desktopHeight)];
}

describe('a position on the desktop', () => {
  it('is that of the picture when no source is known', () => {
    expect(desktopPosition(picture, 0.25, 7)).toEqual([0.25, 1]);
  });

  it('is within the streamed monitor, from its first pixel to its last', () => {
    const source = { x: 1920, y: 200, width: 2560, height: 1440, desktopWidth: 4480 };
    const target = { ...picture, source: { ...source, desktopHeight: 1640 } };
    expect(pixel(target, 0, 0)).toEqual([1920, 200]);
    expect(pixel(target, 1, 1)).toEqual([4479, 1639]);
    expect(pixel(target, -1, 2)).toEqual([1920, 1639]);
    for (let column = 0; column < source.width; column += 1) {
      expect(pixel(target, column / (source.width - 1), 0)[0]).toBe(1920 + column);
    }
  });

  it('leaves the bars beside the monitor out', () => {
    // 4:3 in 16:9: bars of an eighth at each side.
    const source = {
      x: 100,
      y: 0,
      width: 1024,
      height: 768,
      desktopWidth: 2000,
      desktopHeight: 768,
    };
    const target = { ...picture, source };
    expect(pixel(target, 0.125, 0.5)).toEqual([100, 384]);
    expect(pixel(target, 0.05, 0)).toEqual([100, 0]);
    expect(pixel(target, 0.875, 1)).toEqual([1123, 767]);
    expect(pixel(target, 0.3125, 0)[0]).toBe(356);
  });
});
