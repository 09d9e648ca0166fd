import { describe, expect, it } from 'vitest';

import { codecModesOf } from '../../src/gamestream/codec-modes.ts';
import { framesPerSecond, slowerThanAsked } from '../../src/gamestream/encoder-pace.ts';
import type { ProfileProbe } from '../../src/native/media-addon.ts';

const mode = (width: number, height: number, numerator: number, denominator = 1) => ({
  width,
  height,
  rate: { numerator, denominator },
});
/** 280 million samples a second, half of which a stream gets: 1080p at 67 */
const HIGH: ProfileProbe = {
  name: 'High',
  chroma: '4:2:0',
  bitDepth: 8,
  samplesPerSecond: 280e6,
  bends: true,
};

describe('a mode that is slower here than asked', () => {
  it('is told of, with the rate that can be had', () => {
    expect(slowerThanAsked(HIGH, mode(3840, 2160, 60))).toContain(
      'encodes 3840×2160 at about 16 frames a second when everything moves; 60 were asked for.',
    );
    expect(slowerThanAsked(HIGH, mode(8192, 4320, 1000))).toContain('about 3 frames');
    expect(slowerThanAsked({ samplesPerSecond: 1e6 }, mode(8192, 4320, 60))).toContain('about 1 ');
  });

  it('is none where it keeps up, nearly does, or was never measured', () => {
    expect(slowerThanAsked(HIGH, mode(1920, 1080, 60))).toBeUndefined();
    expect(slowerThanAsked(HIGH, mode(1920, 1080, 70))).toBeUndefined();
    expect(slowerThanAsked(HIGH, mode(1920, 1080, 72))).toBeDefined();
    expect(slowerThanAsked(HIGH, mode(1920, 1080, 60_000, 1001))).toBeUndefined();
    expect(slowerThanAsked({}, mode(8192, 4320, 1000))).toBeUndefined();
  });

  it('is counted with more of the time where the effort is always the same', () => {
    expect(framesPerSecond({ samplesPerSecond: 200e6 }, mode(1920, 1080, 60))).toBeCloseTo(67.5, 0);
    expect(framesPerSecond(HIGH, mode(1920, 1080, 60))).toBeCloseTo(67.5, 0);
    expect(framesPerSecond({}, mode(1920, 1080, 60))).toBeUndefined();
  });

  it('is served all the same', () => {
    const x264 = { name: 'x264', codec: 'h264', profiles: [HIGH], invalidation: true } as const;
    expect(codecModesOf([x264], mode(8192, 4320, 1000))).toBe(1);
  });
});
