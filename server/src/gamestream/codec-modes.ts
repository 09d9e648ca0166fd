import type { EncoderProbe } from '../native/media-addon.ts';

type Family = 'h264' | 'hevc' | 'av1';
type Chroma = '4:2:0' | '4:4:4';

/**
 * Bits of `ServerCodecModeSupport`, by codec, chroma and bit depth (protocol 1 §4.1). H.264 has no 10-bit mode
 * in the protocol.
 */
export const CODEC_MODES: Readonly<
  Record<Family, Readonly<Record<Chroma, Readonly<Partial<Record<8 | 10, number>>>>>>
> = {
  h264: { '4:2:0': { 8: 0x1 }, '4:4:4': { 8: 0x40000 } },
  hevc: { '4:2:0': { 8: 0x100, 10: 0x200 }, '4:4:4': { 8: 0x80000, 10: 0x100000 } },
  av1: { '4:2:0': { 8: 0x10000, 10: 0x20000 }, '4:4:4': { 8: 0x200000, 10: 0x400000 } },
};

/** The mask of what the encoders of this machine can do; 0 when none works. */
export function codecModesOf(probes: readonly EncoderProbe[]): number {
  let mask = 0;
  for (const probe of probes) {
    if (probe.fault !== undefined) continue;
    for (const chroma of probe.chroma) {
      for (const depth of probe.bitDepths) mask |= CODEC_MODES[probe.codec][chroma][depth] ?? 0;
    }
  }
  return mask;
}
