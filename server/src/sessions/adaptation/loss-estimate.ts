import type { FrameFecStatus } from '../../gamestream/control/control-plane.ts';
import type { BlockShape } from './residual-loss.ts';
import { lossBehind } from './residual-loss.ts';

/** milliseconds that reports are kept */
const MEMORY = 10_000;
/** Clients send at most 8 reports in 100 ms (protocol 2-streaming §3); near it they leave some out. */
const MOST_REPORTS_PER_MS = 0.08;
/** milliseconds: one lost packet among the first ones is not a loss of ten per cent */
const LEAST_SPAN = 250;
/** The protocol's counts are 10 bits wide (protocol 4 §4). */
const MOST_DATA = 1023;
const MOST_PARITY_PACKETS = 255;
const MOST_BLOCKS = 4;
/** Runs of losses shorter than this are chance. */
const LEAST_BURST = 1.5;

/** One block that lost packets. */
export interface DamagedBlock {
  readonly at: number;
  readonly frame: number;
  readonly data: number;
  /** packets known to be lost */
  readonly lost: number;
  /** packets that the client was seen to await, lost or not */
  readonly seen: number;
  readonly recovered: boolean;
  /** how many blocks its frame has */
  readonly blocks: number;
}

/** What the last milliseconds were like. */
export interface LossView {
  /** share of the packets, 0…1 */
  readonly loss: number;
  /** packets lost in a row, at least 1, on average */
  readonly burst: number;
  /** and what nine of ten damaged blocks lost at most */
  readonly most: number;
  /** packets that it rests on */
  readonly packets: number;
  /** what it is at least, chance left out: one lost packet is no loss yet */
  readonly sure: number;
}

const NO_LOSS: LossView = { loss: 0, burst: 1, most: 1, packets: 0, sure: 0 };

/** What was sent, from a second's statistics. */
export interface Sent {
  /** milliseconds */
  readonly interval: number;
  readonly frames: number;
  /** parity included */
  readonly packets: number;
  /** parity, per cent, that was in force */
  readonly fecPercentage: number;
}

/**
 * How many of the packets get lost, from what a client reports of damaged blocks and what was sent. A client
 * is silent about blocks whose data came whole, and reads a damaged one only until it can repair it: so what it
 * has seen of a block is its data and the holes before it was whole, and parity behind that counts as unsent.
 */
export class LossEstimate {
  readonly #reportsBlocks: boolean;
  readonly #blocks: DamagedBlock[] = [];
  readonly #lostFrames: { readonly at: number; readonly count: number }[] = [];
  /** when the path, and the rate, were as they are */
  #began: number;
  #since: number;
  #percentage: number;
  /** data packets and frames a millisecond */
  #data: number;
  #frames: number;
  /** the client's least, and what is in force */
  readonly #leastParity: number;
  #presentLeast: number;

  /**
   * @param reportsBlocks false: the client tells of lost frames alone
   * @param expected until the first statistics come
   */
  constructor(
    reportsBlocks: boolean,
    leastParity: number,
    expected: {
      readonly dataPerMs: number;
      readonly framesPerMs: number;
      readonly fecPercentage: number;
    },
    now: number,
  ) {
    this.#reportsBlocks = reportsBlocks;
    this.#leastParity = leastParity;
    this.#presentLeast = leastParity;
    this.#data = expected.dataPerMs;
    this.#frames = expected.framesPerMs;
    this.#percentage = expected.fecPercentage;
    this.#began = now;
    this.#since = now;
  }

  /** What a usual frame looks like. */
  get shape(): BlockShape {
    const frameData = Math.max(1, this.#frames > 0 ? this.#data / this.#frames : 1);
    const parity = Math.max((frameData * this.#percentage) / 100, this.#presentLeast);
    return { frameData, framePackets: frameData + parity, leastParity: this.#leastParity };
  }

  sent({ interval, frames, packets, fecPercentage }: Sent): void {
    if (interval <= 0 || frames <= 0 || packets <= 0) return;
    // Frames of a few packets carry more parity than the percentage says.
    const perFrame = packets / frames;
    const data = Math.max(
      Math.min(perFrame / (1 + fecPercentage / 100), perFrame - this.#presentLeast),
      1,
    );
    this.#frames = frames / interval;
    this.#data = data * this.#frames;
    this.#percentage = fecPercentage;
  }

  /** The encoder's rate was changed by this factor; statistics tell of it a second later. */
  scaled(factor: number, fecPercentage: number, minFecPackets: number): void {
    this.#data *= factor;
    this.#percentage = fecPercentage;
    this.#presentLeast = minFecPackets;
  }

  /** @returns the block; undefined when its counts contradict each other */
  report(status: FrameFecStatus, now: number): DamagedBlock | undefined {
    const { dataPackets: data, parityPackets: parity, dataReceived, parityReceived } = status;
    const received = dataReceived + parityReceived;
    const possible =
      data >= 1 &&
      data <= MOST_DATA &&
      parity <= MOST_PARITY_PACKETS &&
      dataReceived <= data &&
      parityReceived <= parity;
    if (!possible) return undefined;
    const recovered = received >= data;
    // One that was given up got all it will get, when the next one began.
    const lost = recovered
      ? Math.min(status.missingBeforeHighest, data + parity - received)
      : data + parity - received;
    const seen = recovered ? received + lost : data + parity;
    const blocks = Math.min(Math.max(status.blocks, 1), MOST_BLOCKS);
    const block = { at: now, frame: status.frame, data, lost, seen, recovered, blocks };
    this.#blocks.push(block);
    this.#dropOld(now);
    return block;
  }

  /** Frames that the client could not show; counts only for clients that do not report blocks. */
  framesLost(count: number, now: number): void {
    if (this.#reportsBlocks || count <= 0) return;
    this.#lostFrames.push({ at: now, count });
    this.#dropOld(now);
  }

  /** Nothing before `now` counts any more: the path has changed. */
  forget(now: number): void {
    this.#blocks.length = 0;
    this.#lostFrames.length = 0;
    this.#since = now;
    this.#began = now;
  }

  /** The rate has changed: what was before `now` counts for `overall` alone. */
  restart(now: number): void {
    this.#since = now;
  }

  /** @param span milliseconds; what was before the last restart is left out */
  over(span: number, now: number): LossView {
    return this.#from(this.#since, span, now);
  }

  /** The same over changes of the rate, as if all of it had been sent at the present one. */
  overall(span: number, now: number): LossView {
    return this.#from(this.#began, span, now);
  }

  #from(began: number, span: number, now: number): LossView {
    if (now <= began) return NO_LOSS;
    const time = Math.min(span, Math.max(now - began, LEAST_SPAN));
    const since = Math.max(now - time, began);
    return this.#reportsBlocks ? this.#fromBlocks(time, since) : this.#fromFrames(time, since);
  }

  #fromBlocks(time: number, since: number): LossView {
    const blocks = this.#blocks.filter(({ at }) => at >= since);
    let [lost, seen, data, perFrame, first, last] = [0, 0, 0, 0, Infinity, -Infinity];
    for (const block of blocks) {
      lost += block.lost;
      seen += block.seen;
      data += block.data;
      perFrame += block.blocks;
      first = Math.min(first, block.frame);
      last = Math.max(last, block.frame);
    }
    if (blocks.length === 0) return { ...NO_LOSS, packets: this.#data * time };
    // Statistics are up to a second old; where the screen began to move since, the frames' numbers say so.
    const frames = Math.max(this.#frames * time, Math.min(last - first + 1, time));
    const dataSent = Math.max(this.#data * time, (frames * data) / blocks.length / 2, data);
    const sentBlocks = (frames * perFrame) / blocks.length;
    const all = blocks.length >= 0.9 * Math.min(sentBlocks, MOST_REPORTS_PER_MS * time);
    const packets = all ? seen : dataSent + (seen - data);
    const loss = Math.min(1, lost / packets);
    // Blocks that lost nothing say how the losses lie together: −ln of their share is the runs per block.
    const count = all ? blocks.length : Math.max(sentBlocks, blocks.length);
    const damaged = Math.min(blocks.length / count, 1 - 1 / (2 * count + 1));
    const burst = lost / count / -Math.log(1 - damaged);
    return {
      loss,
      burst: burst < LEAST_BURST ? 1 : burst,
      most: mostOf(blocks),
      packets,
      sure: (loss * (lost - Math.sqrt(lost))) / lost || 0,
    };
  }

  #fromFrames(time: number, since: number): LossView {
    const lost = this.#lostFrames
      .filter(({ at }) => at >= since)
      .reduce((sum, { count }) => sum + count, 0);
    const frames = Math.max(this.#frames * time, lost, 1);
    const shape = { ...this.shape, leastParity: this.#presentLeast };
    const loss = lossBehind(shape, this.#percentage, lost / frames);
    return { loss, burst: 1, most: 1, packets: this.#data * time, sure: lost < 2 ? 0 : loss };
  }

  #dropOld(now: number): void {
    while (this.#blocks.length > 0 && this.#blocks[0]!.at < now - MEMORY) this.#blocks.shift();
    while (this.#lostFrames.length > 0 && this.#lostFrames[0]!.at < now - MEMORY) {
      this.#lostFrames.shift();
    }
  }
}

function mostOf(blocks: readonly DamagedBlock[]): number {
  const losses = blocks.map(({ lost }) => lost).sort((a, b) => a - b);
  return Math.max(1, losses[Math.floor(losses.length * 0.9)] ?? 1);
}
