import type { OpusLayout } from '../gamestream/stream-config.ts';

export interface ChosenLayout extends Omit<OpusLayout, 'bitrate'> {
  /** the host advertised a second layout for these channels */
  readonly highQualityOffered: boolean;
}

/** Stereo is not looked up, and 5.1 has a fallback (protocol 1 §3.6). */
const STEREO = { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1] };
const FALLBACK_51 = { channels: 6, streams: 4, coupledStreams: 2, mapping: [0, 4, 1, 5, 2, 3] };

/**
 * The layout that the stock client decodes with. The first match is normal quality, whose mapping it rotates back
 * from GFE's order (LFE last); the second is high quality, used as it is.
 *
 * @param description body of DESCRIBE
 * @param wantsHigh the client's bitrate and decoder allow high quality
 */
export function chooseLayout(
  description: string,
  channels: number,
  wantsHigh: boolean,
): ChosenLayout {
  if (channels === 2) return { ...STEREO, highQualityOffered: false };
  const offers = [...description.matchAll(/a=fmtp:97 surround-params=(\d+)/g)]
    .map((match) => match[1]!)
    .filter((digits) => digits.startsWith(String(channels)) && digits.length === channels + 3)
    .map((digits) => [...digits].map(Number));
  const [normal, high] = offers;
  if (!normal) {
    if (channels === 6) return { ...FALLBACK_51, highQualityOffered: false };
    throw new Error(`The host offers no Opus layout for ${channels} channels (error −4).`);
  }
  const useHigh = wantsHigh && high !== undefined;
  const [, streams, coupledStreams, ...advertised] = useHigh ? high : normal;
  const mapping = useHigh
    ? advertised
    : [...advertised.slice(0, 3), advertised.at(-1)!, ...advertised.slice(3, -1)];
  return {
    channels,
    streams: streams!,
    coupledStreams: coupledStreams!,
    mapping,
    highQualityOffered: high !== undefined,
  };
}
