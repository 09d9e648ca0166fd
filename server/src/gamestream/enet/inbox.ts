import type { CommandOf } from './command.ts';
import { IncomingChannel, WaitingBytes } from './incoming-channel.ts';
import type { HoldingLimits, Intake } from './incoming-channel.ts';
import { UnsequencedWindow } from './unsequenced-window.ts';

/** The commands that carry messages. */
export type PayloadCommand = CommandOf<
  | 'send-reliable'
  | 'send-unreliable'
  | 'send-fragment'
  | 'send-unsequenced'
  | 'send-unreliable-fragment'
>;

/** What one peer receives: every channel's order, and the repeats of unsequenced packets. */
export class Inbox {
  readonly #limits: HoldingLimits;
  readonly #deliver: (channel: number, data: Uint8Array) => void;
  readonly #admits: () => ((data: Uint8Array) => boolean) | undefined;
  #channels = new Map<number, IncomingChannel>();
  #waiting: WaitingBytes;
  readonly #unsequenced = new UnsequencedWindow();

  /** @param admits as in `PeerListener`, read when a channel is first used */
  constructor(
    limits: HoldingLimits,
    deliver: (channel: number, data: Uint8Array) => void,
    admits: () => ((data: Uint8Array) => boolean) | undefined = () => undefined,
  ) {
    this.#limits = limits;
    this.#admits = admits;
    this.#deliver = deliver;
    this.#waiting = new WaitingBytes(limits);
  }

  take(command: PayloadCommand): Intake {
    const channel = this.#channel(command.channel);
    switch (command.kind) {
      case 'send-reliable':
        return channel.reliable(command.sequence, command.data);
      case 'send-fragment':
        return channel.fragment(command);
      case 'send-unreliable':
        return channel.unreliable(command.sequence, command.unreliableSequence, command.data);
      case 'send-unreliable-fragment':
        return channel.unreliableFragment(command.sequence, command);
      case 'send-unsequenced':
        if (this.#admits()?.(command.data) === false) return 'refused';
        if (!this.#unsequenced.admit(command.group)) return 'repeated';
        this.#deliver(command.channel, command.data);
        return 'delivered';
    }
  }

  acknowledges(command: PayloadCommand): boolean {
    return this.#channel(command.channel).acknowledges(command.sequence);
  }

  /** Forgets what waits; nothing is received afterwards. */
  clear(): void {
    this.#channels.clear();
    this.#waiting = new WaitingBytes(this.#limits);
  }

  #channel(channel: number): IncomingChannel {
    let incoming = this.#channels.get(channel);
    if (!incoming) {
      incoming = new IncomingChannel(
        this.#waiting,
        (data) => this.#deliver(channel, data),
        this.#admits(),
      );
      this.#channels.set(channel, incoming);
    }
    return incoming;
  }
}
