import { describe, expect, it } from 'vitest';

import { encoderBitrate } from '../../src/sessions/viewer-request.ts';
import { config } from './cast.ts';

const at = (kbps: number, fec: number, attributes = {}): number =>
  encoderBitrate(config({ 'x-ml-video.configuredBitrateKbps': kbps, ...attributes }), fec);

describe('the encoder’s bitrate', () => {
  it.each([
    // 80 %, less stereo 192, less 500
    [20_000, 20, {}, 15_308],
    [10_000, 20, {}, 7308],
    // 7.1 high quality: 8 × 256 = 2048
    [
      60_000,
      20,
      { 'x-nv-audio.surround.numChannels': 8, 'x-nv-audio.surround.AudioQuality': 1 },
      45_452,
    ],
    // a thin line: sound takes at most a fifth, headers at most a tenth
    [800, 20, {}, 460],
    // parity above 80 % is not subtracted
    [10_000, 100, {}, 9308],
    [10_000, 0, {}, 9308],
    // never less than a picture needs
    [500, 80, {}, 250],
  ])('%i kbit/s with %i %% parity', (kbps, fec, attributes, expected) => {
    expect(at(kbps, fec, attributes)).toBe(expected);
  });
});
