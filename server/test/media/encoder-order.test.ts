import { describe, expect, test } from 'vitest';

import { EncoderOrder, encoderNames } from '../../src/media/encoder-order.ts';
import type { EncoderProbe } from '../../src/native/media-addon.ts';

const probe = (
  name: string,
  codec: EncoderProbe['codec'],
  bitDepths: readonly (8 | 10)[] = [8],
  fault?: string,
): EncoderProbe => ({
  name,
  codec,
  profiles: bitDepths.map((bitDepth) => ({
    name: 'any',
    chroma: '4:2:0',
    bitDepth,
    ...(fault && { fault }),
  })),
  invalidation: true,
  ...(fault && { fault }),
});

const H264 = { codec: 'h264', chroma: '4:2:0', bitDepth: 8 } as const;
const HEVC = { codec: 'hevc', chroma: '4:2:0', bitDepth: 8 } as const;

const found = [
  probe('nvenc', 'h264', [8], 'no driver'),
  probe('vaapi', 'h264'),
  probe('vaapi', 'hevc'),
  probe('x264', 'h264'),
];

describe('the order of encoders', () => {
  test('is the order in which they were found, without those that do not work', () => {
    expect(encoderNames(found)).toEqual(['vaapi', 'x264']);
  });

  test('begins with the one that the owner chose, unless it does not work', () => {
    expect(encoderNames(found, { encoder: 'x264' })).toEqual(['x264', 'vaapi']);
    expect(encoderNames(found, { encoder: 'nvenc' })).toEqual(['vaapi', 'x264']);
  });

  test('says nothing as long as nothing is known, so that the media process finds out', () => {
    expect(new EncoderOrder(() => []).options).toEqual({});
    expect(new EncoderOrder(() => [], { gpu: '/dev/dri/renderD129' }).options).toEqual({
      gpu: '/dev/dri/renderD129',
    });
    expect(new EncoderOrder(() => []).leaveOutFirst([H264])).toBeUndefined();
  });

  test('leaves out the one that crashed, as long as another can serve all who watch', () => {
    const order = new EncoderOrder(() => found);
    expect(order.options).toEqual({ encoders: ['vaapi', 'x264'] });
    // Nobody else writes HEVC.
    expect(order.leaveOutFirst([H264, HEVC])).toBeUndefined();
    expect(order.leaveOutFirst([H264])).toEqual({ left: 'vaapi', next: 'x264' });
    expect(order.options).toEqual({ encoders: ['x264'] });
    expect(order.leaveOutFirst([H264])).toBeUndefined();
    expect(order.options).toEqual({ encoders: ['x264'] });
  });

  test('does not blame an encoder that cannot write what is watched', () => {
    const order = new EncoderOrder(() => [
      probe('av1', 'av1'),
      probe('vaapi', 'h264'),
      probe('x264', 'h264'),
    ]);
    expect(order.leaveOutFirst([H264])).toEqual({ left: 'vaapi', next: 'x264' });
    expect(order.options).toEqual({ encoders: ['av1', 'x264'] });
  });
});
