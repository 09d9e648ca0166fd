import { MAXIMUM_FRAGMENTS } from './command.ts';
import type { Fragment } from './command.ts';

/** Sequence numbers fall into 16 windows; a receiver takes 7 of them (protocol 2 §A.4). */
export const WINDOW_SIZE = 4096;
export const WINDOWS = 16;
export const FREE_WINDOWS = 8;

/** Bytes that one held packet costs beside its data, so that empty packets are bounded too. */
const HELD_OVERHEAD = 64;

/** What a peer may make this side hold before delivery. */
export interface HoldingLimits {
  /** bytes of one packet joined from fragments */
  readonly packet: number;
  /** bytes of everything that waits, all channels of a peer together */
  readonly waiting: number;
}

export const DEFAULT_HOLDING: HoldingLimits = { packet: 64 * 1024, waiting: 256 * 1024 };

/** Bytes that wait in all channels of one peer. */
export class WaitingBytes {
  readonly limits: HoldingLimits;
  used = 0;

  constructor(limits: HoldingLimits) {
    this.limits = limits;
  }

  /** @returns false when the limit would be passed; then nothing is taken */
  take(length: number, anyway = false): boolean {
    if (!anyway && this.used + length + HELD_OVERHEAD > this.limits.waiting) return false;
    this.used += length + HELD_OVERHEAD;
    return true;
  }

  give(length: number): void {
    this.used -= length + HELD_OVERHEAD;
  }
}

/**
 * `delivered`/`held`: taken; `repeated`: known or too far away; `refused`: over a limit or contradicting,
 * which ends the reading of the datagram and is not acknowledged.
 */
export type Intake = 'delivered' | 'held' | 'repeated' | 'refused';

interface Assembly {
  /** numbers of the reliable sequence that the packet takes */
  readonly span: number;
  readonly bytes: Buffer | undefined;
  readonly whole: Uint8Array | undefined;
  /** one flag per fragment; absent when whole */
  readonly present: Uint8Array | undefined;
  missing: number;
  readonly length: number;
}

interface HeldUnreliable extends Assembly {
  readonly reliable: number;
  readonly sequence: number;
}

/** One channel's receiving half: order, repeats and joining of fragments. Delivers through a callback. */
export class IncomingChannel {
  /** the last reliable number delivered */
  #reliable = 0;
  /** the last unreliable number delivered since */
  #unreliable = 0;
  readonly #held = new Map<number, Assembly>();
  #heldUnreliable: HeldUnreliable[] = [];
  readonly #waiting: WaitingBytes;
  readonly #deliver: (data: Uint8Array) => void;
  readonly #admits: ((data: Uint8Array) => boolean) | undefined;

  /** @param admits asked about each message that is new; absent: all are taken, and fragments too */
  constructor(
    waiting: WaitingBytes,
    deliver: (data: Uint8Array) => void,
    admits?: (data: Uint8Array) => boolean,
  ) {
    this.#waiting = waiting;
    this.#deliver = deliver;
    this.#admits = admits;
  }

  /** Whether a command with this number is acknowledged: all but two windows are (protocol 2 §A.4). */
  acknowledges(sequence: number): boolean {
    const ahead = this.#windowsAhead(sequence);
    return ahead < FREE_WINDOWS - 1 || ahead > FREE_WINDOWS;
  }

  reliable(sequence: number, data: Uint8Array): Intake {
    if (!this.#accepts(sequence) || this.#held.has(sequence)) return 'repeated';
    if (this.#admits?.(data) === false) return 'refused';
    // The one that is due is never refused: everything that waits, waits for it.
    const due = sequence === ((this.#reliable + 1) & 0xffff);
    if (!this.#waiting.take(data.length, due)) return 'refused';
    this.#held.set(sequence, wholePacket(due ? data : ownCopy(data)));
    return this.#advance();
  }

  fragment(fragment: Fragment): Intake {
    if (!this.#accepts(fragment.start)) return 'repeated';
    if (!this.#consistent(fragment)) return 'refused';
    let assembly = this.#held.get(fragment.start);
    if (!assembly) {
      if (!this.#waiting.take(fragment.totalLength)) return 'refused';
      assembly = newAssembly(fragment, fragment.count);
      this.#held.set(fragment.start, assembly);
    }
    const intake = join(assembly, fragment);
    return intake === 'held' && assembly.missing === 0 ? this.#advance() : intake;
  }

  /** @param reliable the sender's last reliable number on this channel when it sent this */
  unreliable(reliable: number, sequence: number, data: Uint8Array): Intake {
    if (!this.#isAhead(reliable, sequence)) return 'repeated';
    if (reliable !== this.#reliable && this.#findUnreliable(reliable, sequence)) return 'repeated';
    if (this.#admits?.(data) === false) return 'refused';
    if (reliable === this.#reliable) {
      this.#deliverUnreliable(sequence, data);
      return 'delivered';
    }
    if (!this.#waiting.take(data.length)) return 'refused';
    this.#heldUnreliable.push({ ...wholePacket(ownCopy(data)), reliable, sequence });
    return 'held';
  }

  unreliableFragment(reliable: number, fragment: Fragment): Intake {
    if (!this.#isAhead(reliable, fragment.start)) return 'repeated';
    if (!this.#consistent(fragment)) return 'refused';
    let held = this.#findUnreliable(reliable, fragment.start);
    if (!held) {
      if (!this.#waiting.take(fragment.totalLength)) return 'refused';
      held = { ...newAssembly(fragment, 1), reliable, sequence: fragment.start };
      this.#heldUnreliable.push(held);
    }
    const intake = join(held, fragment);
    if (intake !== 'held' || held.missing > 0 || reliable !== this.#reliable) return intake;
    this.#sweepUnreliable();
    return 'delivered';
  }

  /** Windows between the one being received and this number's. Below the last number it has wrapped. */
  #windowsAhead(sequence: number): number {
    const window = Math.floor(sequence / WINDOW_SIZE) + (sequence < this.#reliable ? WINDOWS : 0);
    return window - Math.floor(this.#reliable / WINDOW_SIZE);
  }

  #accepts(sequence: number): boolean {
    return sequence !== this.#reliable && this.#windowsAhead(sequence) < FREE_WINDOWS - 1;
  }

  #isAhead(reliable: number, sequence: number): boolean {
    if (reliable !== this.#reliable) return this.#windowsAhead(reliable) < FREE_WINDOWS - 1;
    // Rising, counted around the end of the numbers: stock ENet would fall silent there.
    const distance = (sequence - this.#unreliable) & 0xffff;
    return distance > 0 && distance < 0x8000;
  }

  #consistent(fragment: Fragment): boolean {
    // Nobody can say of a part whose it is.
    if (this.#admits) return false;
    const { count, number, totalLength, offset, data } = fragment;
    return (
      count >= 1 &&
      count <= MAXIMUM_FRAGMENTS &&
      count <= totalLength &&
      number < count &&
      totalLength <= this.#waiting.limits.packet &&
      offset < totalLength &&
      data.length >= 1 &&
      data.length <= totalLength - offset
    );
  }

  #advance(): Intake {
    let intake: Intake = 'held';
    for (;;) {
      const next = (this.#reliable + 1) & 0xffff;
      const assembly = this.#held.get(next);
      if (!assembly || assembly.missing > 0) return intake;
      this.#held.delete(next);
      this.#waiting.give(assembly.length);
      this.#reliable = (this.#reliable + assembly.span) & 0xffff;
      this.#unreliable = 0;
      this.#deliver(content(assembly));
      this.#sweepUnreliable();
      intake = 'delivered';
    }
  }

  #deliverUnreliable(sequence: number, data: Uint8Array): void {
    this.#unreliable = sequence;
    this.#deliver(data);
  }

  #findUnreliable(reliable: number, sequence: number): HeldUnreliable | undefined {
    return this.#heldUnreliable.find(
      (held) => held.reliable === reliable && held.sequence === sequence,
    );
  }

  /** Delivers what the last reliable packet set free and forgets what came too late. */
  #sweepUnreliable(): void {
    if (this.#heldUnreliable.length === 0) return;
    const due = this.#heldUnreliable
      .filter((held) => held.reliable === this.#reliable && held.missing === 0)
      .sort((a, b) => a.sequence - b.sequence);
    for (const held of due) {
      if (this.#isAhead(held.reliable, held.sequence)) {
        this.#deliverUnreliable(held.sequence, content(held));
      }
    }
    const kept = this.#heldUnreliable.filter(
      (held) => !due.includes(held) && this.#isAhead(held.reliable, held.sequence),
    );
    for (const held of this.#heldUnreliable) {
      if (!kept.includes(held)) this.#waiting.give(held.length);
    }
    this.#heldUnreliable = kept;
  }
}

/** What waits must not keep the whole datagram that it came in: only its own bytes are counted. */
function ownCopy(data: Uint8Array): Uint8Array {
  return Uint8Array.from(data);
}

function wholePacket(data: Uint8Array): Assembly {
  return {
    span: 1,
    bytes: undefined,
    whole: data,
    present: undefined,
    missing: 0,
    length: data.length,
  };
}

function newAssembly(fragment: Fragment, span: number): Assembly {
  return {
    span,
    bytes: Buffer.alloc(fragment.totalLength),
    whole: undefined,
    present: new Uint8Array(fragment.count),
    missing: fragment.count,
    length: fragment.totalLength,
  };
}

function content(assembly: Assembly): Uint8Array {
  return assembly.whole ?? assembly.bytes!;
}

function join(assembly: Assembly, fragment: Fragment): Intake {
  const { bytes, present } = assembly;
  if (!bytes || present?.length !== fragment.count || bytes.length !== fragment.totalLength) {
    return 'refused';
  }
  if (present[fragment.number]) return 'repeated';
  present[fragment.number] = 1;
  assembly.missing -= 1;
  bytes.set(fragment.data, fragment.offset);
  return 'held';
}
