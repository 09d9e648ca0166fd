import dgram from 'node:dgram';
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Both media planes are pinged every 500 ms for as long as they are open (protocol 2 §2). */
const PING_INTERVAL = 500;
/** Bytes: seconds of sound, for as long as this process is kept from reading it. */
const RECEIVE_BUFFER = 2 << 20;

export interface MediaSocketOptions {
  readonly host: string;
  readonly port: number;
  /** X-SS-Ping-Payload, 16 characters; absent: the legacy `PING` */
  readonly pingPayload?: string;
  onDatagram(datagram: Buffer): void;
}

/** The client's end of the sound: a socket that pings and receives. Video has a native one. */
export class MediaSocket {
  readonly #options: MediaSocketOptions;
  readonly #socket: dgram.Socket;
  #pings = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed: Promise<void> | undefined;

  private constructor(options: MediaSocketOptions) {
    this.#options = options;
    this.#socket = dgram.createSocket(isIPv6(options.host) ? 'udp6' : 'udp4');
    // An ICMP answer while the host is not listening yet is no reason to stop.
    this.#socket.on('error', () => undefined);
    this.#socket.on('message', (datagram) => options.onDatagram(datagram));
  }

  /** Binds, and starts to ping at once. */
  static async open(options: MediaSocketOptions): Promise<MediaSocket> {
    const media = new MediaSocket(options);
    await new Promise<void>((resolve, reject) => {
      media.#socket.once('error', reject);
      media.#socket.bind(0, () => resolve());
    });
    // Linux grants what net.core.rmem_max allows, and says nothing.
    media.#socket.setRecvBufferSize(RECEIVE_BUFFER);
    media.#ping();
    media.#timer = setInterval(() => media.#ping(), PING_INTERVAL);
    return media;
  }

  get localPort(): number {
    return this.#socket.address().port;
  }

  #ping(): void {
    const { pingPayload, port, host } = this.#options;
    let ping = Buffer.from('PING', 'ascii');
    if (pingPayload) {
      ping = Buffer.alloc(20);
      ping.write(pingPayload, 'ascii');
      ping.writeUInt32BE(++this.#pings, 16);
    }
    this.#socket.send(ping, port, host, () => undefined);
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      clearInterval(this.#timer);
      await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
      await sleep(0);
    })();
    return this.#closed;
  }
}
