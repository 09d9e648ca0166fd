import type { OpusLayout } from '../stream-config.ts';

/** The six Opus layouts of GameStream, identity mapping, bitrates as in protocol 5 §4. */

export type Quality = 'normal' | 'high';

const identity = (channels: number): number[] => Array.from({ length: channels }, (_, i) => i);

function layout(channels: number, streams: number, coupled: number, bitrate: number): OpusLayout {
  return { channels, streams, coupledStreams: coupled, mapping: identity(channels), bitrate };
}

const LAYOUTS: Readonly<Record<number, Readonly<Record<Quality, OpusLayout>>>> = {
  2: { normal: layout(2, 1, 1, 96_000), high: layout(2, 1, 1, 512_000) },
  6: { normal: layout(6, 4, 2, 256_000), high: layout(6, 6, 0, 1_536_000) },
  8: { normal: layout(8, 5, 3, 450_000), high: layout(8, 8, 0, 2_048_000) },
};

/** @param channels 2, 6 or 8; anything else gives stereo */
export function opusLayout(channels: number, quality: Quality): OpusLayout {
  return (LAYOUTS[channels] ?? LAYOUTS[2]!)[quality];
}

/**
 * A client's own layout from the launch query, digits `NSCm…` (protocol 1 §3.6). Its bitrate is the standard
 * one of the same channel count and quality.
 *
 * @returns `undefined` when it is not valid: N is 6 or 8, S + C = N, digits below N, length N + 3
 */
export function customLayout(digits: string, quality: Quality): OpusLayout | undefined {
  if (!/^\d{3,11}$/.test(digits)) return undefined;
  const [channels, streams, coupledStreams, ...mapping] = [...digits].map(Number) as [
    number,
    number,
    number,
    ...number[],
  ];
  if (channels !== 6 && channels !== 8) return undefined;
  if (streams + coupledStreams !== channels || coupledStreams > streams) return undefined;
  if (mapping.length !== channels || mapping.some((digit) => digit >= channels)) return undefined;
  const { bitrate } = opusLayout(channels, quality);
  return { channels, streams, coupledStreams, mapping, bitrate };
}

/**
 * The digits to advertise in DESCRIBE. The client un-rotates the first match of a surround layout (it
 * expects GFE's order with the LFE last), so the whole tail is rotated; high quality is used as it is.
 */
export function advertisedLayout(of: OpusLayout, quality: Quality): string {
  const [a, b, c, lfe, ...tail] = of.mapping;
  const mapping =
    quality === 'normal' && of.channels > 2 ? [a, b, c, ...tail, lfe] : [...of.mapping];
  return [of.channels, of.streams, of.coupledStreams, ...mapping].join('');
}
