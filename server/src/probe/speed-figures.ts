import { SPEED_TEST_DATAGRAM_BYTES } from '../native/speed-test-addon.ts';
import type {
  SpeedTestFigures,
  SpeedTestSent,
  SpeedTestStepFigures,
} from '../native/speed-test-addon.ts';
import { isClean } from './rate-ladder.ts';
import type { RateObservation, RateOrder } from './rate-ladder.ts';
import type { Spread } from './spread.ts';

const DATAGRAM_BITS = SPEED_TEST_DATAGRAM_BYTES * 8;

/** One rate of a speed test, from both ends. */
export interface SpeedStep {
  readonly kind: RateOrder['kind'];
  /** asked for, kbit/s of UDP payload */
  readonly kbps: number;
  /** milliseconds that the host sent at this rate */
  readonly duration: number;
  /** packets that left the host */
  readonly packets: number;
  readonly lostPackets: number;
  readonly reorderedPackets: number;
  readonly duplicatePackets: number;
  /** arrived, kbit/s */
  readonly receivedKbps: number;
  /** milliseconds longer on the way, at the step's end, than on the empty link */
  readonly queue: number;
  /** RFC 3550, milliseconds */
  readonly jitter: number;
  readonly clean: boolean;
}

/** A finished speed test. */
export interface SpeedFigures {
  readonly steps: readonly SpeedStep[];
  /** the rate that was held at the end; absent when there was no time for it */
  readonly held?: SpeedStep;
  /** the way there and back over the still empty link, milliseconds; absent when it could not be measured */
  readonly roundTrip?: Spread;
  /** how the host sent: with segmentation offload or without */
  readonly method: SpeedTestSent['method'];
  /** packets that this machine itself lost, because its receive buffer was full */
  readonly overflowed: number;
  /** bytes of that buffer */
  readonly receiveBuffer: number;
}

/** Shorter than this, a held rate says nothing. Milliseconds */
const LEAST_HOLD = 500;

/** The time on the way over the empty link, as near as the test saw it; by two clocks that differ. */
function leastTransit(steps: readonly SpeedTestStepFigures[]): number {
  const seen = steps.filter(({ packets }) => packets > 0).map(({ leastTransit: least }) => least);
  return seen.length === 0 ? 0 : Math.min(...seen);
}

/**
 * What one step shows since an earlier look at it.
 *
 * @param before undefined: from its beginning
 * @returns undefined while too little has arrived to judge
 */
export function observe(
  kbps: number,
  figures: SpeedTestFigures,
  index: number,
  before?: SpeedTestStepFigures,
): RateObservation | undefined {
  const step = figures.steps[index];
  if (!step || step.packets === 0) return undefined;
  const packets = step.packets - (before?.packets ?? 0);
  const duration = step.duration - (before?.duration ?? 0);
  const numbers = before
    ? step.lastSequence - before.lastSequence
    : step.lastSequence - step.firstSequence + 1;
  if (packets < 2 || numbers < 1 || duration <= 0) return undefined;
  return {
    kbps,
    receivedKbps: rate(before ? packets : packets - 1, duration),
    loss: Math.max(0, 1 - packets / numbers),
    queue: step.transit - leastTransit(figures.steps),
  };
}

/** Puts both ends' figures together: what was lost between them is known exactly. */
export function speedFigures(
  sent: SpeedTestSent,
  received: SpeedTestFigures,
  orders: readonly RateOrder[],
  roundTrip?: Spread,
): SpeedFigures {
  const empty = leastTransit(received.steps);
  const steps = sent.steps.flatMap((from, index): SpeedStep[] => {
    if (from.packets === 0) return [];
    const to = received.steps[index];
    const packets = from.packets - from.unsent;
    const arrived = to?.packets ?? 0;
    const lostPackets = Math.max(0, packets - arrived);
    // What had queued up before this step arrives faster than it was sent; that is no rate of the link.
    const receivedKbps = arrived > 1 ? Math.min(rate(arrived - 1, to!.duration), from.kbps) : 0;
    const queue = arrived > 0 ? to!.transit - empty : 0;
    const loss = packets > 0 ? lostPackets / packets : 0;
    return [
      {
        kind: orders[index]?.kind ?? 'try',
        kbps: from.kbps,
        duration: from.duration,
        packets,
        lostPackets,
        reorderedPackets: to?.reordered ?? 0,
        duplicatePackets: to?.duplicates ?? 0,
        receivedKbps,
        queue,
        jitter: to?.jitter ?? 0,
        clean: isClean({ kbps: from.kbps, receivedKbps, loss, queue }),
      },
    ];
  });
  const held = steps.findLast(({ kind, duration }) => kind === 'hold' && duration >= LEAST_HOLD);
  return {
    steps,
    ...(held && { held }),
    ...(roundTrip && { roundTrip }),
    method: sent.method,
    overflowed: received.overflowed,
    receiveBuffer: received.receiveBuffer,
  };
}

/**
 * What the link carries, when it was the link that set the limit.
 *
 * @param limitKbps no higher rate was tried
 * @returns kbit/s; undefined when the end was not clean, the limit was reached, or this machine itself lost packets
 */
export function linkRate(
  { held, overflowed }: SpeedFigures,
  limitKbps: number,
): number | undefined {
  if (!held?.clean || held.kbps >= limitKbps || overflowed > 0) return undefined;
  return held.kbps;
}

function rate(packets: number, milliseconds: number): number {
  return milliseconds > 0 ? (packets * DATAGRAM_BITS) / milliseconds : 0;
}
