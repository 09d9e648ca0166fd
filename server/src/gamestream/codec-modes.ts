import type { EncoderProbe, ProfileProbe } from '../native/media-addon.ts';
import type { Codec, FrameRate } from './stream-config.ts';

type Chroma = '4:2:0' | '4:4:4';
type BitDepth = 8 | 10;

/** What one stream's pictures are to be, as far as it decides which encoders are fast enough. */
export interface PictureMode {
  readonly width: number;
  readonly height: number;
  readonly rate: FrameRate;
}

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

/**
 * The least that a codec has to keep up with to be announced before anybody knows the mode: what a client's smallest
 * setting asks for. A launch with a mode that is too much is answered without the codec.
 */
const LEAST_MODE: PictureMode = {
  width: 640,
  height: 360,
  rate: { numerator: 30, denominator: 1 },
};

/**
 * What an encoder on the processor may take of each frame's time, at full motion: the game needs the machine too, and
 * no two frames take the same.
 */
export const SHARE_OF_TIME = 0.7;

/** Whether a mask has one mode. */
export function hasMode(mask: number, codec: Codec, chroma: Chroma, bitDepth: BitDepth): boolean {
  return (mask & MODES[codec][chroma][bitDepth]) !== 0;
}

/** Whether a mask has a codec in any form. */
export function hasCodec(mask: number, codec: Codec): boolean {
  return Object.values(MODES[codec]).some((depths) => (mask & (depths[8] | depths[10])) !== 0);
}

/** Whether a mask has 10 bits in any codec, which HDR needs. */
export function hasTenBits(mask: number): boolean {
  return Object.values(MODES).some((chromas) =>
    Object.values(chromas).some((depths) => (mask & depths[10]) !== 0),
  );
}

/** A mask with one codec as the best of it, where it has that, and H.264, which every client can. */
export function upToCodec(mask: number, codec: Codec | undefined): number {
  if (codec === undefined || !hasCodec(mask, codec)) return mask;
  const bits = [codec, 'h264' as const]
    .flatMap((name) => Object.values(MODES[name]))
    .reduce((all, depths) => all | depths[8] | depths[10], 0);
  return mask & bits;
}

/** Whether an encoder works in a profile and keeps up with a mode. */
export function keepsUp(profile: ProfileProbe, { width, height, rate }: PictureMode): boolean {
  if (profile.fault !== undefined) return false;
  if (profile.samplesPerSecond === undefined || profile.bends) return true;
  const needed = (width * height * rate.numerator) / rate.denominator;
  return needed <= profile.samplesPerSecond * SHARE_OF_TIME;
}

/**
 * Whether streams get a codec from this profile without its owner having chosen it. On the processor H.264 costs the
 * least, and every device decodes it; clients take the newest codec that they are offered, so others are offered where
 * they are wished for.
 */
function offeredUnasked(codec: Codec, { samplesPerSecond }: ProfileProbe): boolean {
  return codec === 'h264' || samplesPerSecond === undefined;
}

/**
 * The mask of what the encoders of this machine can do in a mode, or in any; 0 when none works.
 *
 * @param chosen codecs that are wished for; absent: whatever works
 */
export function codecModesOf(
  probes: readonly EncoderProbe[],
  mode: PictureMode = LEAST_MODE,
  chosen?: readonly Codec[],
): number {
  let mask = 0;
  for (const { codec, profiles } of probes) {
    for (const profile of profiles) {
      const offered =
        chosen === undefined || chosen.includes(codec) || offeredUnasked(codec, profile);
      if (offered && keepsUp(profile, mode)) {
        mask |= MODES[codec][profile.chroma][profile.bitDepth];
      }
    }
  }
  return mask;
}
