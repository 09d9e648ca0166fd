/** `2^5`: at this throttle no unreliable packet is dropped (protocol 2 §A.4). */
export const THROTTLE_SCALE = 32;
const THROTTLE_COUNTER_STEP = 7;

/** So many times what was usual, and so many milliseconds beyond that, are no longer jitter. */
const OUTLIER = 2;
const OUTLIER_LEAST = 60;
/** milliseconds */
const ONE_MOMENT = 100;

/** Limits of one peer's retransmission; the defaults are ENet's (protocol 2 §A.5). */
export interface TimeoutLimits {
  /** sendings after which the minimum counts: `2^(n-1) >= limit` */
  readonly limit: number;
  /** milliseconds */
  readonly minimum: number;
  readonly maximum: number;
}

export const DEFAULT_TIMEOUTS: TimeoutLimits = { limit: 32, minimum: 5000, maximum: 30000 };

/**
 * Round-trip time, retransmission time and the throttle of unreliable packets (protocol 2 §A.5), in whole
 * milliseconds with the integer arithmetic of the client's ENet.
 */
export class RoundTrip {
  mean = 500;
  variance = 0;
  throttle = THROTTLE_SCALE;
  /** milliseconds; see {@link configure} */
  interval = 5000;
  acceleration = 2;
  deceleration = 2;

  /**
   * The mean again, without what happened once: a device that stood still, or a radio that looked for another channel,
   * answers one ping seconds late, and `mean` keeps that for half a minute. What two in a row say counts.
   */
  steady = 500;

  #sampled = false;
  #sampledAt = -Infinity;
  #before = 0;
  #throttleCounter = 0;
  #epoch: number | undefined;
  #lastMean = 500;
  #lastVariance = 0;
  #lowestMean = 500;
  #highestVariance = 0;

  /** What CONNECT or THROTTLE_CONFIGURE says of the throttle. @param interval milliseconds */
  configure(interval: number, acceleration: number, deceleration: number): void {
    this.interval = interval;
    this.acceleration = acceleration;
    this.deceleration = deceleration;
  }

  /** @param sample milliseconds between a command's sending and its acknowledgement */
  sample(sample: number, now: number): void {
    const rtt = Math.max(1, sample);
    this.#steady(rtt, now);
    if (this.#sampled) {
      this.#adjustThrottle(rtt);
      this.variance -= Math.trunc((this.variance + 3) / 4);
      const distance = Math.abs(rtt - this.mean);
      this.variance += Math.trunc((distance + 3) / 4);
      const step = Math.trunc((distance + 7) / 8);
      this.mean += rtt >= this.mean ? step : -step;
    } else {
      this.#sampled = true;
      this.mean = rtt;
      this.variance = Math.trunc((rtt + 1) / 2);
    }
    this.#lowestMean = Math.min(this.#lowestMean, this.mean);
    this.#highestVariance = Math.max(this.#highestVariance, this.variance);
    if (this.#epoch === undefined || now - this.#epoch >= this.interval) {
      this.#lastMean = this.#lowestMean;
      this.#lastVariance = Math.max(1, this.#highestVariance);
      this.#lowestMean = this.mean;
      this.#highestVariance = this.variance;
      this.#epoch = now;
    }
  }

  #steady(rtt: number, now: number): void {
    // What was repeated during a stall is acknowledged all at once at its end.
    const again = now - this.#sampledAt < ONE_MOMENT;
    this.#sampledAt = now;
    if (!this.#sampled) {
      this.steady = rtt;
    } else if (rtt <= OUTLIER * this.steady + OUTLIER_LEAST) {
      this.steady += (rtt - this.steady) / 8;
    } else if (!again) {
      this.steady += (Math.min(rtt, Math.max(this.#before, this.steady)) - this.steady) / 8;
    }
    this.#before = again ? Math.min(rtt, this.#before) : rtt;
  }

  /** Milliseconds to wait for an acknowledgement after the n-th sending: linear back-off, capped. */
  retransmission(sendings: number, timeouts: TimeoutLimits): number {
    const once = Math.min(
      this.mean + Math.min(this.mean, 4 * Math.max(1, this.variance)),
      Math.trunc(timeouts.maximum / 5),
    );
    return once * Math.max(1, Math.min(sendings, timeouts.limit));
  }

  /** Asked once per unreliable packet: whether the throttle drops it. */
  dropsUnreliable(): boolean {
    this.#throttleCounter = (this.#throttleCounter + THROTTLE_COUNTER_STEP) % THROTTLE_SCALE;
    return this.#throttleCounter > this.throttle;
  }

  #adjustThrottle(rtt: number): void {
    if (this.#lastMean <= this.#lastVariance) this.throttle = THROTTLE_SCALE;
    else if (rtt <= this.#lastMean) {
      this.throttle = Math.min(THROTTLE_SCALE, this.throttle + this.acceleration);
    } else if (rtt > this.#lastMean + 2 * this.#lastVariance) {
      this.throttle = Math.max(0, this.throttle - this.deceleration);
    }
  }
}

/** The full time whose low 16 bits are given, the latest that is not half a cycle ahead (protocol 2 §A.5). */
export function extendTime(low: number, now: number): number {
  const clock = now % 0x10000;
  const base = now - clock + low;
  return (low & 0x8000) > (clock & 0x8000) ? base - 0x10000 : base;
}
