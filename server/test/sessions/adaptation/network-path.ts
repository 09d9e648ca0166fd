import { HEADERS, PAYLOAD } from './frame-packets.ts';

/** bytes of a packet on an Ethernet, with IP and UDP */
const ON_THE_WIRE = PAYLOAD + HEADERS + 28 + 14;

/** A path between host and client: a bottleneck with a queue, a delay, and losses of its own. */
export interface Path {
  readonly linkKbps: number;
  /** milliseconds that a full queue holds */
  readonly queue: number;
  /** milliseconds there and back */
  readonly roundTrip: number;
  /** share of the packets, 0…1, and how many in a row */
  readonly loss?: number;
  readonly burst?: number;
  /** share of the packets that leave with segmentation offload and get lost, beside `loss` */
  readonly segmentedLoss?: number;
  /** nothing arrives in these milliseconds */
  readonly blackouts?: readonly (readonly [from: number, to: number])[];
  /** the device stands still: what arrives in these milliseconds is read at their end */
  readonly stalls?: readonly (readonly [from: number, to: number])[];
}

/** By time, milliseconds: another path from then on. */
export type LaterPaths = readonly (readonly [at: number, path: Path])[];

/** What streams on one link share, in the time of the first of them. */
export interface Bottleneck {
  busyUntil: number;
}

/** One stream's way over a bottleneck. Times are the stream's own, milliseconds. */
export class NetworkPath {
  readonly #bottleneck: Bottleneck;
  readonly #begins: number;
  readonly #chance: () => number;
  readonly #later: (readonly [at: number, path: Path])[];
  #path: Path;
  #burstLeft = 0;

  /** @param begins when the stream does, in the bottleneck's time */
  constructor(
    bottleneck: Bottleneck,
    path: Path,
    later: LaterPaths,
    begins: number,
    chance: () => number,
  ) {
    this.#bottleneck = bottleneck;
    this.#path = path;
    this.#later = [...later];
    this.#begins = begins;
    this.#chance = chance;
  }

  /** of the empty path */
  get roundTrip(): number {
    return this.#path.roundTrip;
  }

  /** of a ping at this moment */
  roundTripAt(now: number): number {
    const waiting = Math.max(0, this.#bottleneck.busyUntil - this.#begins - now);
    const answered = this.#read(now + this.#path.roundTrip / 2 + waiting);
    return answered - now + this.#path.roundTrip / 2 + this.#chance() * 2;
  }

  /** It is the path of this moment from now on. */
  moveOn(now: number): void {
    if (this.#later.length > 0 && now >= this.#later[0]![0]) this.#path = this.#later.shift()![1];
  }

  /** @returns when the packet arrives; undefined: never */
  send(at: number, method: 'gso' | 'sendmmsg'): number | undefined {
    const { linkKbps, queue, segmentedLoss, blackouts, roundTrip } = this.#path;
    const starts = Math.max(at, this.#bottleneck.busyUntil - this.#begins);
    if (starts - at > queue) return undefined;
    const left = starts + (ON_THE_WIRE * 8) / linkKbps;
    this.#bottleneck.busyUntil = left + this.#begins;
    if (this.#isLost()) return undefined;
    if (method === 'gso' && this.#chance() < (segmentedLoss ?? 0)) return undefined;
    if (blackouts?.some(([from, to]) => at >= from && at < to)) return undefined;
    return this.#read(left + roundTrip / 2);
  }

  #read(arrives: number): number {
    const stall = this.#path.stalls?.find(([from, to]) => arrives >= from && arrives < to);
    return stall ? stall[1] : arrives;
  }

  #isLost(): boolean {
    const { loss = 0, burst = 1 } = this.#path;
    const starts = loss / (burst * (1 - loss) + loss);
    if (this.#burstLeft === 0 && this.#chance() < starts) this.#burstLeft = burst;
    if (this.#burstLeft === 0) return false;
    this.#burstLeft -= 1;
    return true;
  }
}

/** What is on its way, in the order in which it was sent. */
export class InFlight<What> {
  readonly #sent: { readonly at: number; readonly what: What }[] = [];
  #arrived = 0;

  send(what: What, at: number): void {
    this.#sent.push({ at, what });
  }

  *arrivedBy(now: number): Generator<{ readonly at: number; readonly what: What }> {
    while (this.#arrived < this.#sent.length && this.#sent[this.#arrived]!.at <= now) {
      yield this.#sent[this.#arrived]!;
      this.#arrived += 1;
    }
  }
}
