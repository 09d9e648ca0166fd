import dgram from 'node:dgram';
import { once } from 'node:events';

import { mulberry32 } from '../../mulberry32.ts';

/** A UDP relay on loopback that loses, repeats and delays datagrams. One client at a time. */
export class LossyRelay {
  readonly #front = dgram.createSocket('udp4');
  #back = dgram.createSocket('udp4');
  readonly #loss: number;
  #client: dgram.RemoteInfo | undefined;
  /** the same losses in every run as far as timing allows */
  readonly #random = mulberry32(42);
  lost = 0;
  /** the client's last datagram to the target */
  last: Buffer = Buffer.alloc(0);
  #target = 0;

  /** @param loss share of datagrams, 0…1 */
  constructor(loss: number) {
    this.#loss = loss;
  }

  /** @returns the port to connect to */
  async open(target: number): Promise<number> {
    this.#target = target;
    this.#front.bind(0, '127.0.0.1');
    await once(this.#front, 'listening');
    await this.#openBack();
    this.#front.on('message', (bytes, from) => {
      this.#client = from;
      this.last = bytes;
      this.#pass(() => this.#back.send(bytes, target, '127.0.0.1', () => {}));
    });
    return this.#front.address().port;
  }

  /** Sends the target what the client never sent, from the client's address. */
  forge(bytes: Buffer): void {
    this.#back.send(bytes, this.#target, '127.0.0.1');
  }

  /** From now on the target sees the client at another port, or another address. */
  async move(address = '127.0.0.1'): Promise<void> {
    const old = this.#back;
    this.#back = dgram.createSocket('udp4');
    await this.#openBack(address);
    await new Promise<void>((resolve) => old.close(() => resolve()));
  }

  async #openBack(address = '127.0.0.1'): Promise<void> {
    this.#back.bind(0, address);
    await once(this.#back, 'listening');
    this.#back.on('message', (bytes) => {
      const { port, address } = this.#client!;
      this.#pass(() => this.#front.send(bytes, port, address, () => {}));
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(
      [this.#front, this.#back].map((s) => new Promise<void>((r) => s.close(() => r()))),
    );
  }

  #closed = false;

  #pass(send: () => void): void {
    const draw = this.#random();
    if (draw < this.#loss) {
      this.lost += 1;
      return;
    }
    const later = (): void => {
      if (!this.#closed) send();
    };
    setTimeout(later, this.#random() * 8);
    if (draw > 0.95) setTimeout(later, this.#random() * 20);
  }
}
