/** Deterministic packet loss in front of a receiver, so that a run can be repeated. */
export interface LossOptions {
  /** of all packets, on average */
  readonly percentage: number;
  /** packets lost in a row, 1 by default */
  readonly burst?: number;
  readonly seed?: number;
}

export class PacketLoss {
  #state: number;
  #burstLeft = 0;
  readonly #startChance: number;
  readonly #burst: number;
  dropped = 0;
  passed = 0;

  constructor(options: LossOptions) {
    this.#state = options.seed ?? 1;
    this.#burst = options.burst ?? 1;
    const rate = options.percentage / 100;
    // A burst of b starts with chance p per packet outside bursts, so that b·p / (1 − p + b·p) is the rate.
    this.#startChance = rate / (this.#burst * (1 - rate) + rate);
  }

  /** Whether the next packet is lost. */
  drops(): boolean {
    if (this.#burstLeft === 0 && this.#random() < this.#startChance) this.#burstLeft = this.#burst;
    if (this.#burstLeft > 0) {
      this.#burstLeft--;
      this.dropped++;
      return true;
    }
    this.passed++;
    return false;
  }

  /** Mulberry32, 0 ≤ x < 1. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}
