import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';

import { MessageSplitter } from '../../wayland/message-splitter.ts';
import { ArgumentReader, ArgumentWriter } from '../../wayland/wire.ts';
import {
  CAPABILITIES,
  CONNECTION,
  DEVICE,
  HANDSHAKE,
  HANDSHAKE_OBJECT,
  KEYBOARD,
  PINGPONG,
  SEAT,
  SENDER,
  VERSIONS,
  type EiCapability,
} from './ei-protocol.ts';
import { EI_FRAMING, encodeEiMessage } from './ei-wire.ts';

/** Part of the desktop that an absolute device covers, in the desktop's logical pixels. */
export interface EiRegion {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly scale: number;
}

/** A device of the server's that we may emulate. */
export interface EiDevice {
  readonly id: bigint;
  readonly name: string;
  readonly regions: readonly EiRegion[];
  /** objects by capability */
  readonly interfaces: ReadonlyMap<EiCapability, bigint>;
  /** it takes events now */
  readonly resumed: boolean;
  /** of a keyboard: modifiers that stay on, as bits of its keymap's numbering, and the layout that is chosen */
  readonly locked: number;
  readonly group: number;
}

interface SeenDevice extends EiDevice {
  name: string;
  resumed: boolean;
  locked: number;
  group: number;
  readonly regions: EiRegion[];
  readonly interfaces: Map<EiCapability, bigint>;
}

type Handler = (opcode: number, args: ArgumentReader) => void;

/**
 * The sending side of an EI connection: handshake, every capability of every seat bound, devices as they come and go.
 * What is sent belongs to a frame: send, then {@link EiSender.frame}.
 */
export class EiSender extends EventEmitter<{
  /** A device takes events from now on, or no more. */
  changed: [];
  /** once; nothing works afterwards */
  closed: [reason: string];
}> {
  readonly #socket: Duplex;
  readonly #name: string;
  /** microseconds, CLOCK_MONOTONIC */
  readonly #now: () => bigint;
  readonly #splitter = new MessageSplitter(EI_FRAMING);
  readonly #handlers = new Map<bigint, Handler>();
  readonly #devices = new Map<bigint, SeenDevice>();
  #serial = 0;
  #sequence = 0;
  #closed = false;

  /** @param name shown by the desktop to its user */
  constructor(
    socket: Duplex,
    name: string,
    now: () => bigint = () => process.hrtime.bigint() / 1000n,
  ) {
    super();
    this.#socket = socket;
    this.#name = name;
    this.#now = now;
    this.#handlers.set(HANDSHAKE_OBJECT, (opcode, args) => this.#handshakeEvent(opcode, args));
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', () => this.#end('the server closed the connection'));
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The first that can do that and takes events. */
  device(capability: EiCapability, wanted?: (device: EiDevice) => boolean): EiDevice | undefined {
    for (const device of this.#devices.values()) {
      if (device.resumed && device.interfaces.has(capability) && (!wanted || wanted(device))) {
        return device;
      }
    }
    return undefined;
  }

  /** A request of one of a device's interfaces. */
  send(
    device: EiDevice,
    capability: EiCapability,
    opcode: number,
    write: (to: ArgumentWriter) => unknown,
  ): void {
    const object = device.interfaces.get(capability);
    if (object !== undefined) this.#send(object, opcode, write);
  }

  /** What was sent to the device happens now, at once. */
  frame(device: EiDevice): void {
    this.#send(device.id, DEVICE.requests.frame, (to) => to.uint(this.#serial).ulong(this.#now()));
  }

  /** May be called twice. The server releases what is held. */
  close(): void {
    this.#end('closed');
  }

  #send(object: bigint, opcode: number, write: (to: ArgumentWriter) => unknown): void {
    if (this.#closed) return;
    const args = new ArgumentWriter();
    write(args);
    this.#socket.write(encodeEiMessage(object, opcode, args.bytes()));
  }

  #take(bytes: Buffer): void {
    try {
      for (const { object, opcode, body } of this.#splitter.push(bytes)) {
        if (this.#closed) return;
        this.#handlers.get(object)?.(opcode, new ArgumentReader(body));
      }
    } catch (error) {
      this.#end((error as Error).message);
    }
  }

  #handshakeEvent(opcode: number, args: ArgumentReader): void {
    const { requests, events } = HANDSHAKE;
    if (opcode === events.handshakeVersion) {
      const send = this.#send.bind(this, HANDSHAKE_OBJECT);
      send(requests.handshakeVersion, (to) => to.uint(1));
      send(requests.contextType, (to) => to.uint(SENDER));
      send(requests.name, (to) => to.string(this.#name));
      for (const [name, version] of Object.entries(VERSIONS)) {
        send(requests.interfaceVersion, (to) => to.string(name).uint(version));
      }
      send(requests.finish, () => {});
    } else if (opcode === events.connection) {
      this.#serial = args.uint();
      const connection = args.ulong();
      this.#handlers.delete(HANDSHAKE_OBJECT);
      this.#handlers.set(connection, (event, more) => this.#connectionEvent(event, more));
    }
  }

  #connectionEvent(opcode: number, args: ArgumentReader): void {
    const { events } = CONNECTION;
    if (opcode === events.disconnected) {
      this.#serial = args.uint();
      args.uint();
      this.#end(args.string() || 'the server ended the connection');
    } else if (opcode === events.seat) {
      this.#addSeat(args.ulong());
    } else if (opcode === events.ping) {
      // An object of one request, whose answer ends it.
      this.#send(args.ulong(), PINGPONG.requests.done, (to) => to.ulong(0n));
    }
  }

  #addSeat(id: bigint): void {
    let capabilities = 0n;
    this.#handlers.set(id, (opcode, args) => {
      const { events, requests } = SEAT;
      if (opcode === events.capability) {
        const mask = args.ulong();
        if (isCapability(args.string())) capabilities |= mask;
      } else if (opcode === events.done) {
        this.#send(id, requests.bind, (to) => to.ulong(capabilities));
      } else if (opcode === events.device) {
        this.#addDevice(args.ulong(), args.uint());
      } else if (opcode === events.destroyed) {
        this.#serial = args.uint();
        this.#handlers.delete(id);
      }
    });
  }

  #addDevice(id: bigint, version: number): void {
    const device: SeenDevice = {
      id,
      name: '',
      regions: [],
      interfaces: new Map(),
      resumed: false,
      locked: 0,
      group: 0,
    };
    this.#devices.set(id, device);
    const { events, requests } = DEVICE;
    this.#handlers.set(id, (opcode, args) => {
      if (opcode === events.name) {
        device.name = args.string();
      } else if (opcode === events.region) {
        device.regions.push({
          x: args.uint(),
          y: args.uint(),
          width: args.uint(),
          height: args.uint(),
          scale: args.float(),
        });
      } else if (opcode === events.interface) {
        const object = args.ulong();
        const name = args.string();
        if (isCapability(name)) device.interfaces.set(name, object);
        if (name === 'ei_keyboard') this.#hearModifiers(device, object);
      } else if (opcode === events.done) {
        if (version >= 3) this.#send(id, requests.ready, (to) => to.uint(this.#serial));
      } else if (opcode === events.resumed) {
        this.#serial = args.uint();
        const sequence = ++this.#sequence;
        this.#send(id, requests.startEmulating, (to) => to.uint(this.#serial).uint(sequence));
        device.resumed = true;
        this.emit('changed');
      } else if (opcode === events.paused) {
        this.#serial = args.uint();
        device.resumed = false;
        this.emit('changed');
      } else if (opcode === events.destroyed) {
        this.#serial = args.uint();
        this.#devices.delete(id);
        this.#handlers.delete(id);
        for (const object of device.interfaces.values()) this.#handlers.delete(object);
        this.emit('changed');
      }
    });
  }

  /** Of all its keyboards, and of others' too. The keymap goes beside the bytes, where no stream of Node's shows it. */
  #hearModifiers(device: SeenDevice, keyboard: bigint): void {
    this.#handlers.set(keyboard, (opcode, args) => {
      if (opcode !== KEYBOARD.events.modifiers) return;
      this.#serial = args.uint();
      args.uint(); // depressed: what is held is known here
      device.locked = args.uint();
      args.uint(); // latched
      device.group = args.uint();
    });
  }

  #end(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handlers.clear();
    this.#devices.clear();
    this.#socket.destroy();
    this.emit('closed', reason);
  }
}

function isCapability(name: string): name is EiCapability {
  return (CAPABILITIES as readonly string[]).includes(name);
}
