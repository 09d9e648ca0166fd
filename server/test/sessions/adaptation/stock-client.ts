import type { FrameFecStatus } from '../../../src/gamestream/control/control-plane.ts';
import type { Packet } from './frame-packets.ts';

const REPORTS_IN_100_MS = 8;

/** What it sends on the control stream. */
export type Message =
  | { readonly kind: 'fec-status'; readonly status: FrameFecStatus }
  | { readonly kind: 'keyframe' }
  | { readonly kind: 'invalidation'; readonly first: number; readonly last: number };

/** What a stock client does with packets (protocol 4 §7), as far as the host hears of it. */
export class StockClient {
  readonly #invalidation: boolean;
  readonly #reports: boolean;
  readonly #tell: (message: Message, now: number) => void;
  readonly #shown: (frame: number) => void;
  #now = 0;
  #frame = 0;
  #block = 0;
  #first: Packet | undefined;
  #got = 0;
  #gotData = 0;
  #highest = -1;
  #done = false;
  #waiting: 'first' | 'idr' | 'clean' | undefined = 'first';
  #keyframeDue = false;
  #dropped = 0;
  #lastShown = 0;
  #damagedFrom = 0;
  #reportTimes: number[] = [];
  #rejected = 0;

  constructor(options: {
    invalidation: boolean;
    reports: boolean;
    tell: (message: Message, now: number) => void;
    shown: (frame: number) => void;
  }) {
    this.#invalidation = options.invalidation;
    this.#reports = options.reports;
    this.#tell = options.tell;
    this.#shown = options.shown;
  }

  receive(packet: Packet, now: number): void {
    this.#now = now;
    const { frame, block } = packet;
    if (frame < this.#frame || (frame === this.#frame && block < this.#block)) return;
    if (frame === this.#rejected) return;
    if (frame > this.#frame || block > this.#block) {
      if (frame > this.#frame) {
        const open = this.#first !== undefined && !(this.#done && this.#lastBlock());
        const firstLost = open ? this.#frame : this.#frame + 1;
        if (this.#first && !this.#done) this.#report();
        if (firstLost < frame && this.#frame > 0) this.#lost(firstLost, frame - 1);
        if (this.#frame === 0 && frame > 1) this.#lost(1, frame - 1);
        this.#begin(packet);
        if (block > 0) return this.#reject(frame);
      } else {
        const skipped = !this.#done || block > this.#block + 1;
        if (!this.#done) this.#report();
        this.#begin(packet);
        if (skipped) return this.#reject(frame);
      }
    }
    if (!this.#first) this.#begin(packet);
    if (this.#done) return;
    this.#got += 1;
    if (packet.index < packet.data) this.#gotData += 1;
    this.#highest = Math.max(this.#highest, packet.index);
    if (this.#got < packet.data) return;
    this.#done = true;
    if (this.#gotData < packet.data) this.#report();
    if (this.#lastBlock()) this.#complete(packet);
  }

  #lastBlock(): boolean {
    return this.#block === this.#first!.blocks - 1;
  }

  #begin(packet: Packet): void {
    this.#frame = packet.frame;
    this.#block = packet.block;
    this.#first = packet;
    this.#got = 0;
    this.#gotData = 0;
    this.#highest = -1;
    this.#done = false;
  }

  #reject(frame: number): void {
    this.#rejected = frame;
    this.#lost(frame, frame);
  }

  #report(): void {
    if (!this.#reports) return;
    const now = this.#now;
    this.#reportTimes = this.#reportTimes.filter((time) => now - time < 100);
    if (this.#reportTimes.length >= REPORTS_IN_100_MS) return;
    this.#reportTimes.push(now);
    const { frame, block, data, parity, blocks, percentage } = this.#first!;
    const status = {
      frame,
      block,
      blocks,
      highestSequence: this.#highest,
      nextContiguousSequence: 0,
      missingBeforeHighest: this.#highest + 1 - this.#got,
      dataPackets: data,
      parityPackets: parity,
      dataReceived: this.#gotData,
      parityReceived: this.#got - this.#gotData,
      fecPercentage: percentage,
    };
    this.#tell({ kind: 'fec-status', status }, now);
  }

  #lost(first: number, last: number): void {
    if (this.#invalidation && this.#waiting !== 'first' && this.#waiting !== 'idr') {
      if (this.#waiting !== 'clean') this.#damagedFrom = Math.min(first, this.#lastShown + 1);
      this.#waiting = 'clean';
      this.#invalidate(this.#damagedFrom, last);
      return;
    }
    this.#waiting ??= 'idr';
    this.#keyframeDue = true;
  }

  #invalidate(first: number, last: number): void {
    this.#tell({ kind: 'invalidation', first, last }, this.#now);
  }

  #complete({ frame, type }: Packet): void {
    const clean = type === 'idr' || (this.#waiting === 'clean' && type === 'clean');
    if (this.#waiting && !clean) {
      this.#dropped += 1;
      if (this.#waiting === 'clean') this.#invalidate(this.#damagedFrom, frame);
      else if (this.#keyframeDue || this.#dropped >= 120) {
        this.#keyframeDue = false;
        this.#dropped = 0;
        this.#tell({ kind: 'keyframe' }, this.#now);
      }
      return;
    }
    this.#waiting = undefined;
    this.#keyframeDue = false;
    this.#dropped = 0;
    this.#lastShown = frame;
    this.#shown(frame);
  }
}
