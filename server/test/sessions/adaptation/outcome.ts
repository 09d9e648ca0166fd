import type { Change } from '../../../src/sessions/adaptation/adaptation.ts';

export interface Second {
  readonly targetKbps: number;
  readonly fecPercentage: number;
  readonly sent: number;
  readonly shown: number;
  readonly keyframes: number;
}

/** How a simulated stream went; all but its last second, whose frames may still be on their way. */
export interface Outcome {
  readonly seconds: readonly Second[];
  readonly changes: readonly (Change & { readonly at: number })[];
  /** frames that the client could show, of those sent in seconds from…to */
  shown(from: number, to?: number): number;
  keyframes(from: number, to?: number): number;
  /** the target in these seconds, kbit/s */
  target(
    from: number,
    to?: number,
  ): { readonly least: number; readonly most: number; readonly mean: number };
}

/** What is written down while a stream runs. */
export interface Course {
  /** in their order; frame numbers begin with 1 */
  readonly frames: { readonly second: number; readonly idr: boolean }[];
  readonly shownFrames: Set<number>;
  /** as they began */
  readonly seconds: { readonly targetKbps: number; readonly fecPercentage: number }[];
  readonly changes: (Change & { readonly at: number })[];
}

export function outcomeOf({ frames, shownFrames, seconds, changes }: Course): Outcome {
  const numbered = frames.map((one, at) => ({ ...one, number: at + 1 }));
  const sentIn = (from: number, to = Infinity) =>
    numbered.filter(({ second }) => second >= from && second < Math.min(to, seconds.length - 1));
  const shownOf = (sent: { readonly number: number }[]): number =>
    sent.filter(({ number }) => shownFrames.has(number)).length;
  const keyframes = (from: number, to?: number): number =>
    sentIn(from, to).filter(({ idr }) => idr).length;
  return {
    seconds: seconds.map((one, second) => {
      const sent = sentIn(second, second + 1);
      return {
        ...one,
        sent: sent.length,
        shown: shownOf(sent),
        keyframes: keyframes(second, second + 1),
      };
    }),
    changes,
    shown: (from, to) => {
      const sent = sentIn(from, to);
      return shownOf(sent) / sent.length;
    },
    keyframes,
    target: (from, to = Infinity) => {
      const targets = seconds.slice(from, to).map(({ targetKbps }) => targetKbps);
      return {
        least: Math.min(...targets),
        most: Math.max(...targets),
        mean: targets.reduce((sum, one) => sum + one, 0) / targets.length,
      };
    },
  };
}
