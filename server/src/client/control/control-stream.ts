import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { EnetClient } from '../../gamestream/enet/client.ts';
import type { DamagedBlock } from '../../native/receiver-addon.ts';
import type { Violations } from '../violations.ts';
import {
  CHANNEL_GENERIC,
  CHANNEL_URGENT,
  fecStatusPayload,
  FRAME_FEC_STATUS,
  IDR_REQUEST,
  INPUT,
  INVALIDATE,
  invalidatePayload,
  PERIODIC_PING,
  PING_PAYLOAD,
  START_B,
} from './client-messages.ts';
import { readHostMessage, type HostMessage } from './host-messages.ts';
import { enableHaptics, mouseMove, type InputPacket } from './input-packets.ts';
import { openControl, sealControl, type ControlScheme } from './sealed-message.ts';

const PING_INTERVAL = 100;
/** FEC status reports per 100 ms (protocol 2 §3). */
const MAX_REPORTS = 8;

export interface ControlStreamOptions {
  /** numeric */
  readonly host: string;
  readonly port: number;
  readonly connectData: number;
  /** rikey */
  readonly key: Buffer;
  readonly scheme: ControlScheme;
}

interface ControlStreamEvents {
  message: [message: HostMessage];
  /** the host ended it; with a termination message before, `code` is that one's */
  ended: [code: number | undefined];
}

/** The control stream of one session: ENet, sealed messages, the 100 ms ping. */
export class ControlStream extends EventEmitter<ControlStreamEvents> {
  readonly #options: ControlStreamOptions;
  readonly #violations: Violations;
  #enet: EnetClient | undefined;
  #sequence = 0;
  #lastHostSequence = -1;
  #reports = 0;
  #timer: NodeJS.Timeout | undefined;
  #termination: number | undefined;
  #closing = false;

  private constructor(options: ControlStreamOptions, violations: Violations) {
    super();
    this.#options = options;
    this.#violations = violations;
  }

  /**
   * Connects and sends what starts a stream: the IDR request, start B, then the ping.
   *
   * @throws Error when the host does not answer within 10 s
   */
  static async open(options: ControlStreamOptions, violations: Violations): Promise<ControlStream> {
    const stream = new ControlStream(options, violations);
    stream.#enet = await EnetClient.connect({
      address: options.host,
      port: options.port,
      channels: 0x30,
      data: options.connectData,
      onMessage: (_, data) => stream.#receive(Buffer.from(data)),
      onDisconnected: () => stream.#ended(),
    });
    stream.#send(CHANNEL_GENERIC, IDR_REQUEST, Buffer.alloc(2));
    stream.#send(CHANNEL_GENERIC, START_B, Buffer.alloc(1));
    stream.#timer = setInterval(() => {
      stream.#reports = 0;
      stream.#send(CHANNEL_GENERIC, PERIODIC_PING, PING_PAYLOAD);
    }, PING_INTERVAL);
    return stream;
  }

  /** What a client sends when its input starts: haptics, and the mouse there and back. */
  async startInput(): Promise<void> {
    this.input(enableHaptics());
    this.input(mouseMove(1, 1));
    await sleep(10);
    this.input(mouseMove(-1, -1));
    await sleep(10);
  }

  input(packet: InputPacket): void {
    this.#send(packet.channel, INPUT, packet.bytes, packet.delivery);
  }

  requestKeyframe(): void {
    this.#send(CHANNEL_URGENT, IDR_REQUEST, Buffer.alloc(2));
  }

  invalidate(first: number, last: number): void {
    this.#send(CHANNEL_URGENT, INVALIDATE, invalidatePayload(first, last));
  }

  reportBlock(block: DamagedBlock): void {
    if (this.#reports++ >= MAX_REPORTS) return;
    this.#send(CHANNEL_GENERIC, FRAME_FEC_STATUS, fecStatusPayload(block), 'unsequenced');
  }

  /** ENet's own estimate, whole milliseconds; 500 until the host has acknowledged something */
  get roundTrip(): { readonly mean: number; readonly variance: number } {
    const { mean, variance } = this.#enet?.peer.roundTrip ?? { mean: 500, variance: 0 };
    return { mean, variance };
  }

  /** A message of any type, sealed as it should be: for what stock clients do not send. */
  sendRaw(channel: number, type: number, payload: Buffer): void {
    this.#send(channel, type, payload);
  }

  /** Leaves politely, as a client does whose user closed the stream. */
  async disconnect(): Promise<void> {
    this.#stop();
    await this.#enet?.disconnect();
  }

  /** Vanishes without a word: neither a disconnect nor another acknowledgement. */
  async vanish(): Promise<void> {
    this.#stop();
    const enet = this.#enet;
    if (!enet) return;
    // Closing says goodbye by one datagram; a client that lost its network says nothing.
    enet.peer.disconnectNow = () => undefined;
    await enet.close();
  }

  #stop(): void {
    this.#closing = true;
    clearInterval(this.#timer);
  }

  #send(
    channel: number,
    type: number,
    payload: Buffer,
    delivery: 'reliable' | 'unreliable' | 'unsequenced' = 'reliable',
  ): void {
    const { key, scheme } = this.#options;
    const sealed = sealControl(key, scheme, 'client', this.#sequence++, { type, payload });
    if (delivery === 'reliable') this.#enet?.sendReliable(channel, sealed);
    else if (delivery === 'unreliable') this.#enet?.sendUnreliable(channel, sealed);
    else this.#enet?.sendUnsequenced(channel, sealed);
  }

  #receive(packet: Buffer): void {
    const { key, scheme } = this.#options;
    const opened = openControl(key, scheme, 'host', packet);
    if (typeof opened === 'string') return this.#violations.report(opened);
    if (opened.sequence <= this.#lastHostSequence) {
      this.#violations.report(
        `control sequence ${opened.sequence} after ${this.#lastHostSequence}`,
      );
    }
    this.#lastHostSequence = opened.sequence;
    const message = readHostMessage(opened.type, opened.payload);
    if (typeof message === 'string') return this.#violations.report(message);
    if (message.kind === 'unknown') {
      this.#violations.report(`the host sent control message 0x${message.type.toString(16)}`);
    }
    this.emit('message', message);
    if (message.kind === 'termination') {
      this.#termination = message.code;
      // The client hangs up at once and stops answering.
      this.#stop();
      void this.#enet?.close();
      this.emit('ended', message.code);
    }
  }

  #ended(): void {
    clearInterval(this.#timer);
    if (!this.#closing) this.emit('ended', this.#termination);
  }
}
