import type { EncoderProbe } from '../native/media-addon.ts';
import type { Codec } from './stream-config.ts';

type Chroma = '4:2:0' | '4:4:4';
type BitDepth = 8 | 10;

/**
 * Bits of `ServerCodecModeSupport`, by codec, chroma and bit depth (protocol 1 §4.1). H.264 has no 10-bit mode
 * in the protocol.
 */
const MODES: Record<Codec, Record<Chroma, Record<BitDepth, number>>> = {
  h264: { '4:2:0': { 8: 0x1, 10: 0 }, '4:4:4': { 8: 0x40000, 10: 0 } },
  hevc: { '4:2:0': { 8: 0x100, 10: 0x200 }, '4:4:4': { 8: 0x80000, 10: 0x100000 } },
  av1: { '4:2:0': { 8: 0x10000, 10: 0x20000 }, '4:4:4': { 8: 0x200000, 10: 0x400000 } },
};

/** What every client can do, and what clients are told when nothing is known. */
export const H264_MODE = MODES.h264['4:2:0'][8];

/** Whether a mask has one mode. */
export function hasMode(mask: number, codec: Codec, chroma: Chroma, bitDepth: BitDepth): boolean {
  return (mask & MODES[codec][chroma][bitDepth]) !== 0;
}

/** Whether a mask has a codec in any form. */
export function hasCodec(mask: number, codec: Codec): boolean {
  return Object.values(MODES[codec]).some((depths) => (mask & (depths[8] | depths[10])) !== 0);
}

/** A mask with one codec as the best of it, where it has that, and H.264, which every client can. */
export function upToCodec(mask: number, codec: Codec | undefined): number {
  if (codec === undefined || !hasCodec(mask, codec)) return mask;
  const bits = [codec, 'h264' as const]
    .flatMap((name) => Object.values(MODES[name]))
    .reduce((all, depths) => all | depths[8] | depths[10], 0);
  return mask & bits;
}

/** Whether any codec of a mask has 10 bits: what HDR takes. */
export function hasTenBit(mask: number): boolean {
  return Object.values(MODES).some((chromas) =>
    Object.values(chromas).some((depths) => (mask & depths[10]) !== 0),
  );
}

/** The mask of what the encoders of this machine can do; 0 when none works. */
export function codecModesOf(probes: readonly EncoderProbe[]): number {
  let mask = 0;
  for (const probe of probes) {
    if (probe.fault !== undefined) continue;
    for (const chroma of probe.chroma) {
      for (const depth of probe.bitDepths) mask |= MODES[probe.codec][chroma][depth];
    }
  }
  return mask;
}
