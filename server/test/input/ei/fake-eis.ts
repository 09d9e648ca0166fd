import { Duplex } from 'node:stream';

import { ArgumentReader, ArgumentWriter } from '../../../src/wayland/wire.ts';
import { EI_FRAMING, encodeEiMessage } from '../../../src/input/ei/ei-wire.ts';
import { MessageSplitter } from '../../../src/wayland/message-splitter.ts';

/** What a sender asked, by object and opcode. */
export interface Asked {
  readonly object: bigint;
  readonly opcode: number;
  readonly args: ArgumentReader;
}

const CONNECTION = 0xff00000000000001n;
export const SEAT = 0xff00000000000002n;
export const DEVICE = 0xff00000000000010n;

/** An EI server in a test's hands: it says what it is told to, in the order that libeis does. */
export class FakeEis {
  readonly asked: Asked[] = [];
  readonly socket: Duplex;
  readonly #splitter = new MessageSplitter(EI_FRAMING);

  constructor() {
    this.socket = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _encoding, done) => {
        for (const { object, opcode, body } of this.#splitter.push(bytes)) {
          this.asked.push({ object, opcode, args: new ArgumentReader(body) });
        }
        done();
      },
    });
  }

  say(object: bigint, opcode: number, write: (to: ArgumentWriter) => unknown = () => {}): void {
    const args = new ArgumentWriter();
    write(args);
    this.socket.push(encodeEiMessage(object, opcode, args.bytes()));
  }

  greet(): void {
    this.say(0n, 0, (to) => to.uint(1));
    this.say(0n, 2, (to) => to.uint(5).ulong(CONNECTION).uint(1));
  }

  ping(id: bigint): void {
    this.say(CONNECTION, 3, (to) => to.ulong(id).uint(1));
  }

  disconnect(reason: string): void {
    this.say(CONNECTION, 0, (to) => to.uint(9).uint(1).string(reason));
  }

  offerSeat(capabilities: Readonly<Record<string, bigint>>): void {
    this.say(CONNECTION, 1, (to) => to.ulong(SEAT).uint(1));
    this.say(SEAT, 1, (to) => to.string('seat'));
    for (const [name, mask] of Object.entries(capabilities)) {
      this.say(SEAT, 2, (to) => to.ulong(mask).string(name));
    }
    this.say(SEAT, 3);
  }

  /** @param region x, y, width, height */
  addDevice(
    id: bigint,
    interfaces: Readonly<Record<string, bigint>>,
    region?: readonly [number, number, number, number],
  ): void {
    this.say(SEAT, 4, (to) => to.ulong(id).uint(2));
    this.say(id, 1, (to) => to.string('device'));
    if (region) {
      const [x, y, width, height] = region;
      this.say(id, 4, (to) => to.uint(x).uint(y).uint(width).uint(height).float(1));
    }
    for (const [name, object] of Object.entries(interfaces)) {
      this.say(id, 5, (to) => to.ulong(object).string(name).uint(1));
    }
    this.say(id, 6);
    this.say(id, 7, (to) => to.uint(6));
  }
}
