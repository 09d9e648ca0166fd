import { randomBytes } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';

import { decodeDatagram } from './datagram.ts';
import { Peer } from './peer.ts';
import type { PeerEnd } from './peer-options.ts';
import { monotonicMilliseconds, ServiceTimer } from './service-timer.ts';
import type { TimeoutLimits } from './round-trip.ts';

/** What Moonlight sets once it is connected (protocol 2 §A.5). */
const CLIENT_TIMEOUTS: TimeoutLimits = { limit: 2, minimum: 10_000, maximum: 10_000 };

/** Bytes asked for, as ENet itself does: a full window both ways fits. */
const RECEIVE_BUFFER = 256 * 1024;

export interface EnetClientOptions {
  /** numeric */
  readonly address: string;
  readonly port: number;
  readonly channels?: number;
  /** u32 for the host's layer above: `X-SS-Connect-Data` */
  readonly data?: number;
  readonly mtu?: number;
  /** numeric local address to send from */
  readonly localAddress?: string;
  onMessage(channel: number, data: Uint8Array): void;
  onDisconnected(end: PeerEnd, data: number): void;
}

/** The connecting side of ENet on a UDP socket of its own. */
export class EnetClient {
  readonly peer: Peer;
  readonly #socket: dgram.Socket;
  readonly #timer: ServiceTimer;
  #closed = false;
  #closing: Promise<void> | undefined;

  /**
   * @param timeout milliseconds; Moonlight gives up after 10 s
   * @throws Error when the host does not answer in time
   */
  static async connect(options: EnetClientOptions, timeout = 10_000): Promise<EnetClient> {
    const type = net.isIPv6(options.address) ? 'udp6' : 'udp4';
    const socket = dgram.createSocket({ type, recvBufferSize: RECEIVE_BUFFER });
    socket.on('error', () => {});
    try {
      if (options.localAddress !== undefined) {
        socket.bind(0, options.localAddress);
        await once(socket, 'listening');
      }
      socket.connect(options.port, options.address);
      await once(socket, 'connect');
    } catch (error) {
      socket.close();
      throw error;
    }
    const client = new EnetClient(socket, options);
    await client.#connected(options, timeout);
    return client;
  }

  private constructor(socket: dgram.Socket, options: EnetClientOptions) {
    this.#socket = socket;
    this.peer = new Peer({
      index: 0,
      now: monotonicMilliseconds,
      // A refused port or a full buffer is a lost datagram.
      send: (datagram) => {
        if (!this.#closed) socket.send(datagram, () => {});
      },
      listener: {},
      ...(options.mtu === undefined ? {} : { mtu: options.mtu }),
    });
    this.#timer = new ServiceTimer(this.peer, monotonicMilliseconds);
    socket.on('message', (bytes) => {
      const datagram = decodeDatagram(bytes);
      if (!datagram || datagram.peer !== this.peer.index || !this.peer.matches(datagram)) return;
      this.peer.receive(datagram, bytes.length);
      this.#timer.arm();
    });
  }

  /** @returns false when not connected */
  sendReliable(channel: number, data: Uint8Array): boolean {
    return this.#armed(this.peer.sendReliable(channel, data));
  }

  sendUnreliable(channel: number, data: Uint8Array): boolean {
    return this.#armed(this.peer.sendUnreliable(channel, data));
  }

  sendUnsequenced(channel: number, data: Uint8Array): boolean {
    return this.#armed(this.peer.sendUnsequenced(channel, data));
  }

  /**
   * The polite end: what was sent arrives, then both sides know.
   *
   * @param limit milliseconds after which it resolves at the latest
   */
  async disconnect(data = 0, limit = 2_000): Promise<void> {
    if (this.peer.connected && !this.#closing) {
      await new Promise<void>((resolve) => {
        const linger = setTimeout(resolve, limit);
        const { disconnected } = this.peer.listener;
        this.peer.listener = {
          ...this.peer.listener,
          disconnected: (end, reason) => {
            clearTimeout(linger);
            disconnected?.(end, reason);
            resolve();
          },
        };
        this.peer.disconnectLater(data);
        this.#timer.arm();
      });
    }
    await this.close();
  }

  /** Tells the host by one unacknowledged datagram and closes the socket. May be called twice. */
  async close(): Promise<void> {
    this.#timer.close();
    if (this.#closing) return this.#closing;
    this.peer.disconnectNow();
    // The farewell is handed to the kernel before the socket goes.
    this.#closed = true;
    this.#closing = new Promise((resolve) => {
      setImmediate(() => this.#socket.close(() => resolve()));
    });
    return this.#closing;
  }

  #armed(sent: boolean): boolean {
    this.#timer.arm();
    return sent;
  }

  async #connected(options: EnetClientOptions, timeout: number): Promise<void> {
    const { address, port } = options;
    try {
      await new Promise<void>((resolve, reject) => {
        const refuse = (): void =>
          reject(new Error(`${address} port ${port} does not answer ENet`));
        const expiry = setTimeout(refuse, timeout);
        this.peer.listener = {
          connected: () => {
            clearTimeout(expiry);
            this.peer.timeouts = CLIENT_TIMEOUTS;
            this.peer.listener = {
              message: (channel, data) => options.onMessage(channel, data),
              disconnected: (end, data) => options.onDisconnected(end, data),
            };
            resolve();
          },
          disconnected: () => {
            clearTimeout(expiry);
            refuse();
          },
        };
        this.peer.connect(
          options.channels ?? 48,
          randomBytes(4).readUInt32BE(0),
          options.data ?? 0,
        );
        this.#timer.arm();
      });
    } catch (error) {
      await this.close();
      throw error;
    }
  }
}
