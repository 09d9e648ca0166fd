/** Bytes that have arrived at a moment, milliseconds of one clock. */
export interface Arrived {
  readonly at: number;
  readonly bytes: number;
}

/** What one direction carried. */
export interface Throughput {
  /** of the middle stretch */
  readonly kbps: number;
  /** of a stretch than which nine in ten carried more: what can be counted on */
  readonly steadyKbps: number;
}

export interface Delay {
  readonly median: number;
  /** the mean step from one round trip to the next: TCP hides lost packets in it */
  readonly jitter: number;
  readonly largest: number;
}

export interface TestFigures {
  readonly idle?: Delay | undefined;
  readonly down?: Throughput | undefined;
  readonly downDelay?: Delay | undefined;
  readonly up?: Throughput | undefined;
  readonly upDelay?: Delay | undefined;
}

/** TCP needs a moment until it knows what a way carries. Milliseconds */
const START_UP_MS = 1_000;
/** A stretch that is looked at by itself, milliseconds. */
const STRETCH_MS = 250;
/** Fewer say nothing. */
const LEAST_STRETCHES = 4;
const LEAST_ROUND_TRIPS = 5;

/** @param arrived in order; the first is the beginning */
export function throughputOf(arrived: readonly Arrived[]): Throughput | undefined {
  const begin = (arrived[0]?.at ?? 0) + START_UP_MS;
  const stretches: number[] = [];
  let from = arrived.find(({ at }) => at >= begin);
  for (const each of arrived) {
    if (from === undefined || each.at - from.at < STRETCH_MS) continue;
    // Bytes per millisecond times eight are kilobits per second.
    stretches.push(((each.bytes - from.bytes) * 8) / (each.at - from.at));
    from = each;
  }
  if (stretches.length < LEAST_STRETCHES) return undefined;
  const sorted = stretches.toSorted((a, b) => a - b);
  return {
    kbps: Math.round(sorted[Math.floor(sorted.length / 2)]!),
    steadyKbps: Math.round(sorted[Math.floor(sorted.length / 10)]!),
  };
}

/** @param roundTrips milliseconds, in the order in which they were measured */
export function delayOf(roundTrips: readonly number[]): Delay | undefined {
  if (roundTrips.length < LEAST_ROUND_TRIPS) return undefined;
  const sorted = roundTrips.toSorted((a, b) => a - b);
  const steps = roundTrips.slice(1).map((each, index) => Math.abs(each - roundTrips[index]!));
  return {
    median: sorted[Math.floor(sorted.length / 2)]!,
    jitter: steps.reduce((sum, step) => sum + step, 0) / steps.length,
    largest: sorted.at(-1)!,
  };
}

/** Of what is steady a stream takes no more: the rest is for its peaks, for parity, and for everybody else. */
const SHARE = 0.7;
/** milliseconds that the way may grow longer when it is full; beyond, something on it queues for long */
const MOST_QUEUE_MS = 60;
/** Then a stream has to stay well away from filling it. */
const QUEUED_SHARE = 0.5;
const MOST_KBPS = 150_000;
const LEAST_KBPS = 2_000;
const STEP_KBPS = 500;

/** A bitrate for streams over this way, kbit/s; undefined where too little was measured, or it carries no stream. */
export function proposalOf({ idle, down, downDelay }: TestFigures): number | undefined {
  if (!down) return undefined;
  const queue = idle && downDelay ? downDelay.median - idle.median : 0;
  const share = queue > MOST_QUEUE_MS ? QUEUED_SHARE : SHARE;
  const kbps = Math.floor((down.steadyKbps * share) / STEP_KBPS) * STEP_KBPS;
  return kbps < LEAST_KBPS ? undefined : Math.min(kbps, MOST_KBPS);
}
