import type { Command, CommandBody } from './command.ts';
import { CONNECTION_CHANNEL } from './command.ts';

/** Header of a datagram and of the largest command that carries data. */
const FRAGMENT_OVERHEAD = 4 + 24;

/** Largest message that goes without being cut (protocol 2 §A.4). */
export function largestWhole(mtu: number): number {
  return mtu - FRAGMENT_OVERHEAD;
}

/** The answer to a command that asked for one. @param sentTime of the datagram it came in */
export function acknowledgement(command: Command, sentTime: number): Command {
  return {
    kind: 'acknowledge',
    acknowledge: false,
    unsequenced: false,
    channel: command.channel,
    sequence: command.sequence,
    receivedSequence: command.sequence,
    receivedSentTime: sentTime,
  };
}

/** The unacknowledged kind of DISCONNECT (protocol 2 §A.6). */
export function farewell(data: number): Command {
  return {
    kind: 'disconnect',
    acknowledge: false,
    unsequenced: true,
    channel: CONNECTION_CHANNEL,
    sequence: 0,
    data,
  };
}

/** Numbers what one peer sends: messages become commands with the sequence numbers of their channel. */
export class Outbox {
  readonly #channels = new Map<number, { reliable: number; unreliable: number }>();
  #connection = 0;
  #group = 0;

  /** A command of the connection itself; it is acknowledged. */
  connection(body: CommandBody): Command {
    this.#connection = (this.#connection + 1) & 0xffff;
    return {
      acknowledge: true,
      unsequenced: false,
      channel: CONNECTION_CHANNEL,
      sequence: this.#connection,
      ...body,
    };
  }

  /** One command, or the fragments of a message longer than {@link largestWhole}. */
  reliable(channel: number, data: Uint8Array, mtu: number): Command[] {
    const numbers = this.#numbers(channel);
    const header = { acknowledge: true, unsequenced: false, channel };
    const next = (): number => {
      numbers.unreliable = 0;
      return (numbers.reliable = (numbers.reliable + 1) & 0xffff);
    };
    const slice = largestWhole(mtu);
    if (data.length <= slice) {
      return [{ ...header, kind: 'send-reliable', sequence: next(), data }];
    }
    const start = (numbers.reliable + 1) & 0xffff;
    const count = Math.ceil(data.length / slice);
    return Array.from({ length: count }, (_, number) => ({
      ...header,
      kind: 'send-fragment',
      sequence: next(),
      start,
      count,
      number,
      totalLength: data.length,
      offset: number * slice,
      data: data.subarray(number * slice, (number + 1) * slice),
    }));
  }

  unreliable(channel: number, data: Uint8Array): Command {
    const numbers = this.#numbers(channel);
    numbers.unreliable = (numbers.unreliable + 1) & 0xffff;
    return {
      kind: 'send-unreliable',
      acknowledge: false,
      unsequenced: false,
      channel,
      sequence: numbers.reliable,
      unreliableSequence: numbers.unreliable,
      data,
    };
  }

  unsequenced(channel: number, data: Uint8Array): Command {
    this.#group = (this.#group + 1) & 0xffff;
    return {
      kind: 'send-unsequenced',
      acknowledge: false,
      unsequenced: true,
      channel,
      sequence: 0,
      group: this.#group,
      data,
    };
  }

  #numbers(channel: number): { reliable: number; unreliable: number } {
    let numbers = this.#channels.get(channel);
    if (!numbers) this.#channels.set(channel, (numbers = { reliable: 0, unreliable: 0 }));
    return numbers;
  }
}
