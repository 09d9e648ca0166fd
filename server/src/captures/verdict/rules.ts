import { SLOWEST_FILM } from './signs.ts';
import type { Signs } from './signs.ts';
import type { VerdictCode, VerdictSeverity, VerdictValues } from './sentences.ts';

interface Finding {
  readonly severity: Exclude<VerdictSeverity, 'unknown'>;
  readonly values: VerdictValues;
}

interface Rule {
  readonly code: VerdictCode;
  /** @returns undefined where it does not hold */
  readonly look: (signs: Signs) => Finding | undefined;
}

/** What a person hardly sees missing. */
const ENOUGH = 0.9;

const isShort = ({ newFrames, asked }: Signs): boolean => newFrames < asked * ENOUGH;

/** Half of the frames, or less: nobody calls that a flicker. */
const howBad = ({ newFrames, asked }: Signs): 'bad' | 'warning' =>
  newFrames < asked / 2 ? 'bad' : 'warning';

function when(
  holds: boolean,
  severity: Finding['severity'],
  values: VerdictValues,
): Finding | undefined {
  return holds ? { severity, values } : undefined;
}

/** Packets are lost that the host had sent, of which the client tells, if it can. */
function lossOf({
  loss = 0,
  framesLost,
  reportsBlocks,
  damagedBlocks,
}: Signs): Finding | undefined {
  if (reportsBlocks && damagedBlocks === 0) return undefined;
  const isBad = framesLost >= 0.5 || loss >= 5;
  const holds = loss >= 1 || framesLost >= 0.2;
  return when(holds, isBad ? 'bad' : 'warning', { loss, lost: framesLost });
}

/**
 * The rules, in the order in which they are asked: what explains the others comes first. A stage that waits for the
 * next one looks slow too, so work is told from waiting, and only a stage that others wait for is named.
 * docs/2-use/verdict.md says each in words; a change here is a change there.
 */
export const RULES: readonly Rule[] = [
  {
    code: 'source-gone',
    // A notice about the source may be about less: what is gone brings nothing new.
    look: ({ sourceGone, newFrames }) => when(sourceGone && newFrames < 1, 'bad', {}),
  },
  {
    code: 'socket-full',
    look: ({ sendDrops }) =>
      when(sendDrops >= 0.2, sendDrops >= 2 ? 'bad' : 'warning', { share: sendDrops }),
  },
  {
    code: 'send-refused',
    look: ({ sendErrors }) => when(sendErrors >= 0.5, 'bad', { share: sendErrors }),
  },
  {
    code: 'queue-full',
    look: ({ dropped, sentFrames, spread }) =>
      when(dropped >= 0.5 && dropped >= 0.02 * (sentFrames + dropped), 'bad', {
        dropped,
        spread: spread ?? 0,
      }),
  },
  {
    code: 'nothing-captured',
    look: ({ sentFrames, seconds }) => when(sentFrames === 0, 'bad', { seconds }),
  },
  {
    // A picture waits in the slot before the encoder, or the encoder never rests.
    code: 'encode-slow',
    look: (signs) => {
      const { encode = 0, encodeWait = 0, capture = 0, convert = 0, budget } = signs;
      const isWaitedFor = encodeWait >= 0.4 * budget || signs.overwritten >= 0.1 * signs.asked;
      const holds =
        isShort(signs) &&
        encode >= 0.9 * budget &&
        signs.encodeBusy >= 0.7 &&
        isWaitedFor &&
        encode >= capture + convert;
      return when(holds, howBad(signs), { frames: signs.newFrames, asked: signs.asked, encode });
    },
  },
  ...(['convert', 'capture'] as const).map((stage): Rule => ({
    code: `${stage}-slow`,
    look: (signs) => {
      const { capture = 0, convert = 0, captureWait = 0, budget } = signs;
      const mine = stage === 'convert' ? convert : capture;
      const other = stage === 'convert' ? capture : convert;
      // Both run on one thread: its pictures wait before it, not behind it.
      const isWaitedFor = signs.continuous || captureWait >= 0.2 * budget;
      const holds =
        isShort(signs) &&
        capture + convert >= 0.9 * budget &&
        signs.captureBusy >= 0.75 &&
        isWaitedFor &&
        mine >= other;
      return when(holds, howBad(signs), {
        frames: signs.newFrames,
        asked: signs.asked,
        [stage]: mine,
      });
    },
  })),
  {
    code: 'send-slow',
    look: ({ sendWait = 0, budget, encode = 0 }) =>
      when(sendWait >= Math.max(0.8 * budget, 8) && sendWait > encode, 'warning', {
        wait: sendWait,
      }),
  },
  {
    code: 'packets-injected',
    look: (signs) => (signs.injected >= 0.2 ? lossOf(signs) : undefined),
  },
  {
    code: 'packets-lost',
    look: (signs) => (signs.framesLost >= 0.05 ? lossOf(signs) : undefined),
  },
  { code: 'packets-repaired', look: lossOf },
  {
    code: 'network-narrow',
    look: ({ targetKbps, configuredKbps }) =>
      targetKbps === undefined || configuredKbps === undefined
        ? undefined
        : when(
            targetKbps < 0.8 * configuredKbps,
            targetKbps < 0.4 * configuredKbps ? 'bad' : 'warning',
            { target: targetKbps, configured: configuredKbps },
          ),
  },
  {
    code: 'network-late',
    look: ({ roundTrip, leastRoundTrip = 0 }) => {
      if (roundTrip === undefined) return undefined;
      const isRisen = roundTrip >= 40 && roundTrip >= 4 * leastRoundTrip + 10;
      return when(roundTrip >= 80 || isRisen, roundTrip >= 150 ? 'bad' : 'warning', { roundTrip });
    },
  },
  {
    // Only of a client that would tell of damage: of others a request may be a lost frame.
    code: 'decoder-behind',
    look: ({ keyframeRequests, reportsBlocks, damagedBlocks, seconds }) =>
      when(
        reportsBlocks &&
          damagedBlocks === 0 &&
          keyframeRequests >= 3 &&
          keyframeRequests >= 0.15 * seconds,
        'warning',
        { requests: keyframeRequests, seconds },
      ),
  },
  {
    // Films have 24 pictures a second. Less than 20 of the whole screen, second after second, is no film, and nobody
    // scrolls so evenly.
    code: 'source-slow',
    look: (signs) =>
      when(
        !signs.continuous &&
          signs.asked >= 1.5 * SLOWEST_FILM &&
          signs.steadilySlow >= 0.9 &&
          (signs.changedArea ?? 0) >= 30,
        'warning',
        { frames: signs.newFrames, asked: signs.asked, latency: signs.hostLatency ?? 0 },
      ),
  },
  {
    code: 'still',
    look: ({ newFrames }) => when(newFrames < 2, 'good', {}),
  },
  {
    code: 'all-that-is-drawn',
    look: (signs) => when(isShort(signs), 'good', { frames: signs.newFrames, asked: signs.asked }),
  },
  {
    code: 'smooth',
    look: ({ newFrames, asked, hostLatency }) => ({
      severity: 'good',
      values: { frames: newFrames, asked, latency: hostLatency ?? 0 },
    }),
  },
];
