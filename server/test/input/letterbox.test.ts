import { describe, expect, it } from 'vitest';

import { removeLetterbox } from '../../src/input/letterbox.ts';

describe('letterbox removal', () => {
  const wide = { width: 1920, height: 1080, sourceWidth: 1920, sourceHeight: 1200 };
  const tall = { width: 1280, height: 960, sourceWidth: 1920, sourceHeight: 1080 };

  it.each([
    ['same aspect', { ...tall, width: 640, height: 360 }, 0.1, 0.9, 0.1, 0.9],
    ['bars at the sides: centre', wide, 0.5, 0.5, 0.5, 0.5],
    ['bars at the sides: left edge of the source', wide, 0.05, 0, 0, 0],
    ['bars at the sides: inside the bar', wide, 0.01, 1, 0, 1],
    ['bars above: top edge of the source', tall, 0, 0.125, 0, 0],
    ['bars above: a quarter down', tall, 1, 0.3125, 1, 0.25],
    ['outside', tall, -3, 9, 0, 1],
  ])('%s', (_name, shape, x, y, expectedX, expectedY) => {
    const [gotX, gotY] = removeLetterbox(shape, x, y);
    expect(gotX).toBeCloseTo(expectedX, 6);
    expect(gotY).toBeCloseTo(expectedY, 6);
  });
});
