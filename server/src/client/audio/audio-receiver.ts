import { createDecipheriv } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { monotonicNow } from '../clock.ts';
import { PacketLoss, type LossOptions } from '../loss.ts';
import { MediaSocket } from '../media-socket.ts';
import type { Violations } from '../violations.ts';
import { AudioQueue, type AudioCounters } from './audio-queue.ts';

export interface AudioReceiverOptions {
  readonly host: string;
  readonly port: number;
  readonly pingPayload?: string;
  readonly packetDuration: 5 | 10;
  /** when the plane is sealed; `keyId` is rikeyid as u32 */
  readonly seal?: { readonly key: Buffer; readonly keyId: number };
  readonly loss?: LossOptions;
}

/** One Opus packet in playing order; without `opus` it was lost. */
export interface OpusPacket {
  readonly sequence: number;
  readonly opus?: Buffer;
  /** CLOCK_MONOTONIC, milliseconds */
  readonly receivedAt: number;
}

/** The audio plane: pings, datagrams, Opus packets. */
export class AudioReceiver extends EventEmitter<{ packet: [packet: OpusPacket] }> {
  readonly #options: AudioReceiverOptions;
  readonly #violations: Violations;
  readonly #queue: AudioQueue;
  readonly #loss: PacketLoss | undefined;
  #firstSequence: number | undefined;
  #socket: MediaSocket | undefined;

  constructor(options: AudioReceiverOptions, violations: Violations) {
    super();
    this.#options = options;
    this.#violations = violations;
    this.#loss = options.loss && new PacketLoss(options.loss);
    this.#queue = new AudioQueue(
      options.packetDuration,
      ({ sequence, payload }) => {
        this.#firstSequence ??= sequence;
        const opus = payload && this.#unseal(sequence, payload);
        this.emit('packet', { sequence, receivedAt: monotonicNow(), ...(opus && { opus }) });
      },
      violations,
    );
  }

  /** Binds and pings; a stock client does so right after SETUP audio. */
  async open(): Promise<void> {
    const { host, port, pingPayload } = this.#options;
    this.#socket = await MediaSocket.open({
      host,
      port,
      ...(pingPayload !== undefined && { pingPayload }),
      onDatagram: (datagram) => this.receive(datagram),
    });
  }

  /** One datagram; public so that tests can feed recorded ones. */
  receive(datagram: Buffer): void {
    if (!this.#loss?.drops()) this.#queue.push(datagram);
  }

  /** of the first packet, also when nobody listened yet; undefined before it */
  get firstSequence(): number | undefined {
    return this.#firstSequence;
  }

  get counters(): Readonly<AudioCounters> {
    return this.#queue.counters;
  }

  async close(): Promise<void> {
    await this.#socket?.close();
  }

  #unseal(sequence: number, payload: Buffer): Buffer | undefined {
    if (!this.#options.seal) return payload;
    const { key, keyId } = this.#options.seal;
    try {
      return unsealAudio(key, keyId, sequence, payload);
    } catch {
      this.#violations.report(`audio packet ${sequence} does not decrypt`);
      return undefined;
    }
  }
}

/**
 * AES-128-CBC with PKCS#7 padding (protocol 5 §5).
 *
 * @throws when the padding is wrong
 */
export function unsealAudio(key: Buffer, keyId: number, sequence: number, sealed: Buffer): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE((keyId + sequence) >>> 0, 0);
  const decipher = createDecipheriv('aes-128-cbc', key, iv);
  return Buffer.concat([decipher.update(sealed), decipher.final()]);
}
