import { commandSize, isPayload, MAXIMUM_COMMANDS_PER_DATAGRAM } from './command.ts';
import type { Command } from './command.ts';
import { FREE_WINDOWS, WINDOW_SIZE, WINDOWS } from './incoming-channel.ts';
import type { RoundTrip, TimeoutLimits } from './round-trip.ts';

/** One command on its way. */
interface Outgoing {
  readonly command: Command;
  readonly size: number;
  /** bytes that count as data in transit */
  readonly payload: number;
  sendings: number;
  sentAt: number;
  /** milliseconds after `sentAt` when it is overdue */
  overdueAfter: number;
}

/** How far one channel's sequence numbers may run ahead of their acknowledgements (protocol 2 §A.4). */
class ChannelWindows {
  readonly #unacknowledged = new Array<number>(WINDOWS).fill(0);

  /** Whether the first command of a window has to wait for older windows. */
  blocks(sequence: number): boolean {
    if (sequence % WINDOW_SIZE !== 0) return false;
    const window = sequence / WINDOW_SIZE;
    if (this.#unacknowledged[(window + WINDOWS - 1) % WINDOWS]! >= WINDOW_SIZE) return true;
    for (let ahead = 0; ahead < FREE_WINDOWS + 2; ahead += 1) {
      if (this.#unacknowledged[(window + ahead) % WINDOWS]! > 0) return true;
    }
    return false;
  }

  add(sequence: number, amount: 1 | -1): void {
    this.#unacknowledged[Math.floor(sequence / WINDOW_SIZE)]! += amount;
  }
}

/** What one datagram can still hold. */
export class DatagramSpace {
  readonly commands: Command[] = [];
  /** bytes left, the header counted with its sent time */
  left: number;

  constructor(mtu: number) {
    this.left = mtu - 4;
  }

  fits(size: number): boolean {
    return this.commands.length < MAXIMUM_COMMANDS_PER_DATAGRAM && size <= this.left;
  }

  put(command: Command, size: number): void {
    this.commands.push(command);
    this.left -= size;
  }
}

/** The sending half of a peer: commands that wait, and reliable ones that are not acknowledged yet. */
export class OutgoingQueue {
  #waiting: Outgoing[] = [];
  #inFlight: Outgoing[] = [];
  #dataInTransit = 0;
  readonly #windows = new Map<number, ChannelWindows>();
  /** when the oldest overdue command since the last acknowledgement was sent */
  #earliestOverdue: number | undefined;
  /** reliable commands sent again */
  retransmissions = 0;

  /** Nothing waits and everything reliable is acknowledged. */
  get idle(): boolean {
    return this.#waiting.length === 0 && this.#inFlight.length === 0;
  }

  get acknowledged(): boolean {
    return this.#inFlight.length === 0;
  }

  push(command: Command): void {
    this.#waiting.push({
      command,
      size: commandSize(command),
      payload: command.acknowledge && isPayload(command) ? command.data.length : 0,
      sendings: 0,
      sentAt: 0,
      overdueAfter: 0,
    });
  }

  /**
   * Moves what may go now into a datagram.
   *
   * @param window bytes of reliable data that may be in transit
   */
  fill(
    space: DatagramSpace,
    window: number,
    now: number,
    roundTrip: RoundTrip,
    timeouts: TimeoutLimits,
  ): void {
    const kept: Outgoing[] = [];
    const blocked = new Set<number>();
    let exceeded = false;
    let full = false;
    for (const outgoing of this.#waiting) {
      const { command, payload } = outgoing;
      if (command.acknowledge) {
        if (outgoing.sendings === 0 && this.#channel(command).blocks(command.sequence)) {
          blocked.add(command.channel);
        }
        if (payload > 0 && this.#dataInTransit + payload > window) exceeded = true;
      }
      const held =
        command.acknowledge && (blocked.has(command.channel) || (exceeded && payload > 0));
      // Nothing overtakes a command that did not fit.
      if (!held && !space.fits(outgoing.size)) full = true;
      if (held || full) {
        kept.push(outgoing);
        continue;
      }
      space.put(command, outgoing.size);
      if (!command.acknowledge) continue;
      if (outgoing.sendings === 0) this.#channel(command).add(command.sequence, 1);
      outgoing.sendings += 1;
      outgoing.sentAt = now;
      outgoing.overdueAfter = roundTrip.retransmission(outgoing.sendings, timeouts);
      this.#dataInTransit += payload;
      this.#inFlight.push(outgoing);
    }
    this.#waiting = kept;
  }

  /** @returns the command that is acknowledged by this, if it was on its way */
  acknowledge(channel: number, sequence: number): Command | undefined {
    this.#earliestOverdue = undefined;
    const matches = ({ command, sendings }: Outgoing): boolean =>
      sendings > 0 &&
      command.acknowledge &&
      command.channel === channel &&
      command.sequence === sequence;
    let at = this.#inFlight.findIndex(matches);
    const list = at >= 0 ? this.#inFlight : this.#waiting;
    if (at < 0) at = this.#waiting.findIndex(matches);
    const [found] = at < 0 ? [] : list.splice(at, 1);
    if (!found) return undefined;
    if (list === this.#inFlight) this.#dataInTransit -= found.payload;
    this.#channel(found.command).add(sequence, -1);
    return found.command;
  }

  /**
   * Takes overdue commands back to the front of the line.
   *
   * @param sendingsAllowed after so many sendings a command is given up
   * @returns `lost` when the peer has to be given up
   */
  checkOverdue(now: number, timeouts: TimeoutLimits, sendingsAllowed: number): 'fine' | 'lost' {
    const overdue = this.#inFlight.filter(
      ({ sentAt, overdueAfter }) => now - sentAt >= overdueAfter,
    );
    if (overdue.length === 0) return 'fine';
    for (const outgoing of overdue) {
      this.#earliestOverdue = Math.min(this.#earliestOverdue ?? outgoing.sentAt, outgoing.sentAt);
      const elapsed = now - this.#earliestOverdue;
      const patient = 2 ** (outgoing.sendings - 1) < timeouts.limit;
      if (
        elapsed >= timeouts.maximum ||
        (!patient && elapsed >= timeouts.minimum) ||
        outgoing.sendings >= sendingsAllowed
      ) {
        return 'lost';
      }
    }
    for (const outgoing of overdue) this.#dataInTransit -= outgoing.payload;
    this.retransmissions += overdue.length;
    this.#inFlight = this.#inFlight.filter((outgoing) => !overdue.includes(outgoing));
    this.#waiting = [...overdue, ...this.#waiting];
    return 'fine';
  }

  /** When {@link checkOverdue} has something to do, in clock milliseconds. */
  get nextOverdue(): number | undefined {
    let next: number | undefined;
    for (const { sentAt, overdueAfter } of this.#inFlight) {
      next = Math.min(next ?? Infinity, sentAt + overdueAfter);
    }
    return next;
  }

  clear(): void {
    this.#waiting = [];
    this.#inFlight = [];
    this.#dataInTransit = 0;
  }

  #channel({ channel }: Command): ChannelWindows {
    let windows = this.#windows.get(channel);
    if (!windows) {
      windows = new ChannelWindows();
      this.#windows.set(channel, windows);
    }
    return windows;
  }
}
