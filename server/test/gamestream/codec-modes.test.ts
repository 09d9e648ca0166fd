import { describe, expect, it } from 'vitest';

import { codecModesOf } from '../../src/gamestream/codec-modes.ts';
import type { EncoderProbe, ProfileProbe } from '../../src/native/media-addon.ts';

const MAIN: ProfileProbe = { name: 'Main', chroma: '4:2:0', bitDepth: 8 };
const hevc = (...profiles: ProfileProbe[]): EncoderProbe => ({
  name: 'x265',
  codec: 'hevc',
  profiles,
  invalidation: false,
});
const mode = (width: number, height: number, hertz: number) => ({
  width,
  height,
  rate: { numerator: hertz, denominator: 1 },
});

describe('the mask of codec modes', () => {
  it('has a bit for each profile that works, not for each chroma with each depth', () => {
    const deep: ProfileProbe = { name: 'Main 10', chroma: '4:2:0', bitDepth: 10 };
    const full: ProfileProbe = { name: 'Main 4:4:4', chroma: '4:4:4', bitDepth: 8 };
    expect(codecModesOf([hevc(MAIN, deep, full)])).toBe(0x80300);
    expect(codecModesOf([hevc(MAIN, { ...deep, fault: 'No memory.' })])).toBe(0x100);
    expect(codecModesOf([])).toBe(0);
  });

  it('leaves out what does not keep up with the mode', () => {
    // 720p at 60 Hz is 55.3 million samples a second, of which an encoder here gets 70 % of the time.
    const probes = [hevc({ ...MAIN, samplesPerSecond: 80e6 })];
    expect(codecModesOf(probes, mode(1280, 720, 60))).toBe(0x100);
    expect(codecModesOf(probes, mode(1920, 1080, 60))).toBe(0);
    expect(codecModesOf(probes, mode(1920, 1080, 25))).toBe(0x100);
    expect(codecModesOf([hevc({ ...MAIN, samplesPerSecond: 9e6 })])).toBe(0);
  });

  it('has what the processor writes beside H.264 for a stream only where it was chosen', () => {
    const h264: EncoderProbe = {
      name: 'x264',
      codec: 'h264',
      profiles: [{ ...MAIN, name: 'High', samplesPerSecond: 80e6, bends: true }],
      invalidation: true,
    };
    const probes = [h264, hevc({ ...MAIN, samplesPerSecond: 80e6 })];
    expect(codecModesOf(probes, mode(1280, 720, 60), [])).toBe(0x1);
    expect(codecModesOf(probes, mode(1280, 720, 60), ['av1'])).toBe(0x1);
    expect(codecModesOf(probes, mode(1280, 720, 60), ['hevc'])).toBe(0x101);
    // Chosen, it still has to keep up.
    expect(codecModesOf(probes, mode(1920, 1080, 60), ['hevc'])).toBe(0x1);
    // A GPU costs nothing.
    expect(codecModesOf([h264, hevc(MAIN)], mode(1280, 720, 60), [])).toBe(0x101);
  });
});
