import type { StreamBounds } from '../../sessions/adaptation/adaptation.ts';
import type { Verdict } from '../verdict/verdict.ts';

export const FIX_KINDS = ['bitrate', 'parity'] as const;

/** One change of a running stream that may help: kbit/s on the wire, or per cent of parity. */
export interface Fix {
  readonly kind: (typeof FIX_KINDS)[number];
  readonly from: number;
  readonly to: number;
}

/** What of a stream a fix could change. */
export interface Fixable {
  /** kbit/s for everything on the wire */
  readonly targetKbps: number;
  readonly fecPercentage: number;
  /** its client takes repair packets */
  readonly parity: boolean;
}

/** One step down: enough to be seen within seconds, little enough that the picture stays good. */
const LESS = 0.7;
/** A lower bitrate is no picture any more, kbit/s. */
const LEAST_KBPS = 2_000;
/** per cent; more than the half is taken from the picture in vain */
const MOST_PARITY = 50;
const MORE_PARITY = 20;

/** The fix for a verdict; undefined where none exists, or it was used up. docs/2-use/verdict.md lists them. */
export function fixFor({ code }: Verdict, stream: Fixable): Fix | undefined {
  switch (code) {
    case 'packets-lost':
      return moreParity(stream) ?? lowerBitrate(stream);
    case 'socket-full':
    case 'queue-full':
    case 'send-slow':
    case 'network-late':
    case 'decoder-behind':
      return lowerBitrate(stream);
    default:
      return undefined;
  }
}

export function boundsOf({ kind, to }: Fix): StreamBounds {
  return kind === 'bitrate' ? { bitrateKbps: to } : { fecPercentage: to };
}

function lowerBitrate({ targetKbps }: Fixable): Fix | undefined {
  const to = Math.round((targetKbps * LESS) / 100) * 100;
  return to < LEAST_KBPS ? undefined : { kind: 'bitrate', from: targetKbps, to };
}

function moreParity({ fecPercentage, parity }: Fixable): Fix | undefined {
  const to = Math.min(MOST_PARITY, fecPercentage + MORE_PARITY);
  return parity && to > fecPercentage ? { kind: 'parity', from: fecPercentage, to } : undefined;
}
