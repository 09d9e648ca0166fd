import { chooseParity } from './parity-choice.ts';
import { CLEAN_LOSS } from './rate-ladder.ts';
import type { SpeedFigures } from './speed-figures.ts';
import type { StreamFigures } from './stream-figures.ts';

/** Something that a player would notice; the code is for programs, the sentence for people. */
interface Remark {
  readonly code: RemarkCode;
  readonly message: string;
}

type RemarkCode =
  | 'frames-lost'
  | 'packets-lost'
  | 'jitter'
  | 'round-trip'
  | 'host-slow'
  | 'frame-rate'
  | 'slow-link'
  | 'unstable'
  | 'receive-buffer';

export interface Assessment {
  /** `remarks`: a stream would suffer */
  readonly verdict: 'good' | 'remarks';
  readonly remarks: readonly Remark[];
  readonly recommendation: {
    /** what to choose in Moonlight */
    readonly bitrateKbps: number;
    /** what was really seen to arrive; a simple picture needs less than it is allowed */
    readonly testedKbps: number;
    /** `--fec-percentage` of the host */
    readonly fecPercentage: number;
    /** all of it in words */
    readonly sentence: string;
  };
}

/** A fifth stays free: for parity, for sound, and for whatever else is on the link. */
const SHARE = 0.8;
/** The end of Moonlight's slider; no picture gains from more. */
const MOST_KBPS = 150_000;
const LEAST_KBPS = 500;
/** A frame that comes more than a frame late is shown late: half of one is a warning. */
const JITTER_SHARE = 0.5;
/** A player feels a round trip that changes by so much. Milliseconds */
const ROUND_TRIP_SPREAD = 20;

/** @param asked what was to be streamed */
export function assessStream(
  figures: StreamFigures,
  asked: { readonly fps: number; readonly bitrateKbps: number },
): Assessment {
  const { fps, bitrateKbps } = asked;
  const interval = 1000 / fps;
  const remarks: Remark[] = [];
  const loss = figures.packets > 0 ? figures.lostPackets / figures.packets : 0;
  if (figures.lostFrames > 0) {
    remarks.push({
      code: 'frames-lost',
      message: `${count(figures.lostFrames, 'frame')} could not be repaired: the picture froze for a moment.`,
    });
  }
  if (loss > CLEAN_LOSS) {
    remarks.push({
      code: 'packets-lost',
      message: `${percent(loss)} of the packets were lost; ${figures.recoveredPackets} of ${figures.lostPackets} came back out of parity.`,
    });
  }
  if (figures.jitter > interval * JITTER_SHARE) {
    remarks.push({
      code: 'jitter',
      message: `Frames arrive unevenly (jitter ${figures.jitter.toFixed(1)} ms of ${interval.toFixed(1)} ms between frames). A cable instead of Wi-Fi helps most.`,
    });
  }
  const { roundTrip, hostLatency } = figures;
  if (roundTrip && roundTrip.most - roundTrip.least > ROUND_TRIP_SPREAD) {
    remarks.push({
      code: 'round-trip',
      message: `The round trip changes between ${roundTrip.least} and ${roundTrip.most} ms, as on a busy link or Wi-Fi.`,
    });
  }
  if (hostLatency && hostLatency.p50 > interval) {
    remarks.push({
      code: 'host-slow',
      message: `The host itself takes ${hostLatency.p50.toFixed(1)} ms for a frame, longer than a frame lasts. Choose a smaller mode or fewer frames a second.`,
    });
  }
  if (figures.framesPerSecond < fps * 0.98 && figures.lostFrames === 0) {
    remarks.push({
      code: 'frame-rate',
      message: `Only ${figures.framesPerSecond.toFixed(1)} of ${fps} frames a second came, though none was lost on the way: the host does not make more.`,
    });
  }
  const suffers = figures.lostFrames > 0 || loss > CLEAN_LOSS;
  const better = suffers ? sliderStep(bitrateKbps * Math.max(0.5, 0.85 - loss)) : bitrateKbps;
  const fecPercentage = chooseParity(figures.lostPackets, figures.packets, better, fps);
  return {
    verdict: remarks.length > 0 ? 'remarks' : 'good',
    remarks,
    recommendation: {
      bitrateKbps: better,
      testedKbps: figures.throughputKbps,
      fecPercentage,
      sentence: suffers
        ? `This link loses packets at ${megabits(figures.throughputKbps)} Mbit/s. In Moonlight choose ${megabits(better)} Mbit/s; on the host ${fecPercentage} % parity fits. With --speed-test the probe finds what the link carries.`
        : wholeSentence(figures.throughputKbps, bitrateKbps),
    },
  };
}

/** @param fps of the stream that shall run, for the parity */
export function assessSpeed(
  figures: SpeedFigures,
  asked: { readonly fps: number; readonly limitKbps: number },
): Assessment {
  const { held, steps } = figures;
  const remarks: Remark[] = [];
  const best = Math.max(0, ...steps.filter(({ clean }) => clean).map((step) => step.receivedKbps));
  const carries = held?.clean ? held.receivedKbps : Math.min(best, held?.receivedKbps ?? best);
  if (held && !held.clean) {
    const loss = held.packets > 0 ? held.lostPackets / held.packets : 0;
    remarks.push({
      code: 'unstable',
      message: `At ${megabits(held.kbps)} Mbit/s, which had gone well before, ${percent(loss)} of the packets were lost and the delay grew by ${held.queue.toFixed(0)} ms: the link changes, as Wi-Fi does.`,
    });
  }
  if (carries < 10_000) {
    remarks.push({
      code: 'slow-link',
      message: `Below 10 Mbit/s a picture of 720p with 60 frames a second is blurred when it moves.`,
    });
  }
  if (figures.overflowed > 0) {
    remarks.push({
      code: 'receive-buffer',
      message: `${count(figures.overflowed, 'packet')} were lost inside this machine: its receive buffer of ${Math.round(figures.receiveBuffer / 1024)} kB was full. It grows with: sysctl -w net.core.rmem_max=33554432`,
    });
  }
  const bitrateKbps = sliderStep(Math.min(MOST_KBPS, Math.max(LEAST_KBPS, carries * SHARE)));
  const fecPercentage = chooseParity(
    held?.lostPackets ?? 0,
    held?.packets ?? 0,
    bitrateKbps,
    asked.fps,
  );
  const more = carries * SHARE > MOST_KBPS ? ', more than any stream needs' : '';
  const limited = held?.clean && held.kbps >= asked.limitKbps ? ' (no more was tried)' : '';
  return {
    verdict: remarks.length > 0 ? 'remarks' : 'good',
    remarks,
    recommendation: {
      bitrateKbps,
      testedKbps: carries,
      fecPercentage,
      sentence:
        carries > 0
          ? `This link carries ${megabits(carries)} Mbit/s without loss${more}${limited}. In Moonlight choose ${megabits(bitrateKbps)} Mbit/s.`
          : `This link loses packets at every rate. In Moonlight choose ${megabits(bitrateKbps)} Mbit/s and expect freezes; on the host ${fecPercentage} % parity helps.`,
    },
  };
}

/** The test pattern is drawn, and often needs far less than it may have: that is no proof for a game's picture. */
function wholeSentence(throughputKbps: number, bitrateKbps: number): string {
  const came = `The stream came through whole, at ${megabits(throughputKbps)} Mbit/s. `;
  return throughputKbps >= bitrateKbps * SHARE
    ? `${came}In Moonlight choose ${megabits(bitrateKbps)} Mbit/s; with --speed-test the probe finds whether the link carries more.`
    : `${came}This picture needed no more of the ${megabits(bitrateKbps)} Mbit/s that were allowed; whether a game's picture of that bitrate comes through as well, --speed-test finds out.`;
}

/** Down to a round number of the slider: people type what they can remember. */
export function sliderStep(kbps: number): number {
  const step = kbps < 20_000 ? 500 : kbps < 100_000 ? 1000 : 5000;
  return Math.max(LEAST_KBPS, Math.floor(kbps / step) * step);
}

/** `9.5`, `60`, `940`. */
export function megabits(kbps: number): string {
  const value = kbps / 1000;
  return value < 20 ? String(Number(value.toFixed(1))) : value.toFixed(0);
}

/** `0.000 %`, `1.2 %`. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value.toFixed(value >= 1 ? 1 : 3)} %`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
