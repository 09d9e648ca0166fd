import type { DamagedBlock, LossView } from './loss-estimate.ts';

/** A second as the client's side tells of it. What it does not tell is absent. */
export interface ClientReport {
  /** share of the packets, per cent; of clients that report blocks, else reckoned from lost frames */
  readonly lossPercentage: number;
  /** blocks that lost packets; absent: the client does not report blocks */
  readonly damagedBlocks?: number;
  /** of these, whole again by parity */
  readonly recoveredBlocks?: number;
  /** frames that parity saved: they lost packets, and none of their blocks was given up */
  readonly recoveredFrames?: number;
  /** packets that parity made up for */
  readonly recoveredPackets?: number;
  /** frames that could not be shown, as far as its requests tell */
  readonly framesLost: number;
  readonly keyframeRequests: number;
  readonly invalidationRequests: number;
}

const NOTHING = {
  damagedBlocks: 0,
  recoveredBlocks: 0,
  recoveredPackets: 0,
  framesLost: 0,
  keyframeRequests: 0,
  invalidationRequests: 0,
};

/** Counts one second after the other. */
export class ClientFigures {
  readonly #reportsBlocks: boolean;
  #counts = { ...NOTHING };
  /** of this second: frames with damaged blocks, and whether all of them are whole again */
  #frames = new Map<number, boolean>();
  #last: ClientReport | undefined;

  constructor(reportsBlocks: boolean) {
    this.#reportsBlocks = reportsBlocks;
  }

  get last(): ClientReport | undefined {
    return this.#last;
  }

  block({ frame, recovered, lost }: DamagedBlock, lostFrame: boolean): void {
    this.#counts.damagedBlocks += 1;
    this.#frames.set(frame, recovered && (this.#frames.get(frame) ?? true));
    if (recovered) {
      this.#counts.recoveredBlocks += 1;
      this.#counts.recoveredPackets += lost;
    }
    if (lostFrame) this.#counts.framesLost += 1;
  }

  framesLost(count: number): void {
    this.#counts.framesLost += count;
  }

  keyframe(): void {
    this.#counts.keyframeRequests += 1;
  }

  /** @param lost frames that were not known to be lost */
  invalidation(lost: number): void {
    this.#counts.invalidationRequests += 1;
    this.#counts.framesLost += lost;
  }

  /** A second is over. */
  second(view: LossView): void {
    const { damagedBlocks, recoveredBlocks, recoveredPackets, ...rest } = this.#counts;
    const recoveredFrames = [...this.#frames.values()].filter((whole) => whole).length;
    this.#last = {
      lossPercentage: view.loss * 100,
      ...(this.#reportsBlocks && {
        damagedBlocks,
        recoveredBlocks,
        recoveredFrames,
        recoveredPackets,
      }),
      ...rest,
    };
    this.#counts = { ...NOTHING };
    this.#frames.clear();
  }
}
