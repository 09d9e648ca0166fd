import { EventEmitter } from 'node:events';
import net from 'node:net';

import { MessageSplitter } from './message-splitter.ts';
import { ArgumentReader, ArgumentWriter, encodeMessage, WAYLAND_FRAMING } from './wire.ts';

/** Something that a compositor offers. */
export interface WaylandGlobal {
  readonly name: number;
  readonly interface: string;
  readonly version: number;
}

/** An object of this connection; its number is given by us. */
export interface WaylandObject {
  readonly id: number;
  readonly version: number;
}

type EventHandler = (opcode: number, args: ArgumentReader) => void;

/** Objects and opcodes of the core protocol (wayland.xml). */
const DISPLAY = { id: 1, sync: 0, getRegistry: 1, error: 0, deleteId: 1 };
const REGISTRY = { bind: 0, global: 0, globalRemove: 1 };

/** milliseconds; a compositor answers within one of its frames unless it hangs */
const ANSWER_LIMIT = 3_000;

/**
 * A client of a Wayland compositor, for protocols without descriptors: what is asked for is asked in order, and
 * events are handled as they come. Never blocks.
 */
export class WaylandConnection extends EventEmitter<{
  /** The compositor ended it, or broke the protocol, or said that we did. Once; nothing works afterwards. */
  closed: [reason: string];
  global: [global: WaylandGlobal];
  'global-removed': [global: WaylandGlobal];
}> {
  readonly #socket: net.Socket;
  readonly #display: string;
  readonly #splitter = new MessageSplitter(WAYLAND_FRAMING);
  readonly #handlers = new Map<number, EventHandler>();
  readonly #globals = new Map<number, WaylandGlobal>();
  readonly #free: number[] = [];
  #nextId = 2;
  #registry = 0;
  #closed: string | undefined;

  private constructor(socket: net.Socket, display: string) {
    super();
    this.#socket = socket;
    this.#display = display;
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => this.#end(error.message));
    socket.on('close', () => this.#end(`The compositor ${display} has ended.`));
    this.#handlers.set(DISPLAY.id, (opcode, args) => this.#displayEvent(opcode, args));
  }

  /**
   * Connects and learns what there is.
   *
   * @param path of the compositor's socket
   * @throws Error with a sentence
   */
  static async open(path: string): Promise<WaylandConnection> {
    const socket = net.connect(path);
    const connection = new WaylandConnection(socket, path);
    connection.#registry = connection.create((opcode, args) =>
      connection.#registryEvent(opcode, args),
    ).id;
    connection.#send(DISPLAY.id, DISPLAY.getRegistry, (to) => to.uint(connection.#registry));
    try {
      await connection.roundTrip();
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get globals(): readonly WaylandGlobal[] {
    return [...this.#globals.values()];
  }

  /** The first of an interface. */
  find(name: string): WaylandGlobal | undefined {
    return this.globals.find((global) => global.interface === name);
  }

  /** A number for an object that a request will make. */
  create(handler: EventHandler, version = 1): WaylandObject {
    const id = this.#free.pop() ?? this.#nextId++;
    this.#handlers.set(id, handler);
    return { id, version };
  }

  /** @param version the newest that the caller understands */
  bind(global: WaylandGlobal, version: number, handler: EventHandler = () => {}): WaylandObject {
    const object = this.create(handler, Math.min(version, global.version));
    this.#send(this.#registry, REGISTRY.bind, (to) =>
      to.uint(global.name).string(global.interface).uint(object.version).uint(object.id),
    );
    return object;
  }

  /** Events of an object that the compositor made: those have numbers of their own. */
  adopt(id: number, handler: EventHandler): void {
    this.#handlers.set(id, handler);
  }

  request(
    object: WaylandObject,
    opcode: number,
    write: (to: ArgumentWriter) => unknown = () => {},
  ): void {
    this.#send(object.id, opcode, write);
  }

  /** Resolves when everything that was asked so far is done. @throws Error with a sentence */
  async roundTrip(): Promise<void> {
    const done = Promise.withResolvers<undefined>();
    const callback = this.create(() => done.resolve(undefined));
    const failed = (reason: string): void => done.reject(new Error(reason));
    this.once('closed', failed);
    const timer = setTimeout(
      () => failed(`The compositor ${this.#display} does not answer.`),
      ANSWER_LIMIT,
    );
    if (this.#closed !== undefined) failed(this.#closed);
    this.#send(DISPLAY.id, DISPLAY.sync, (to) => to.uint(callback.id));
    try {
      await done.promise;
    } finally {
      clearTimeout(timer);
      this.off('closed', failed);
    }
  }

  /** May be called twice. Everything that this connection made in the compositor goes with it. */
  close(): void {
    this.#end('The connection was closed.');
  }

  #send(object: number, opcode: number, write: (to: ArgumentWriter) => unknown): void {
    if (this.#closed !== undefined) return;
    const args = new ArgumentWriter();
    write(args);
    this.#socket.write(encodeMessage(object, opcode, args.bytes()));
  }

  #take(bytes: Buffer): void {
    try {
      for (const { object, opcode, body } of this.#splitter.push(bytes)) {
        if (this.#closed !== undefined) return;
        this.#handlers.get(object)?.(opcode, new ArgumentReader(body));
      }
    } catch (error) {
      this.#end(
        `The compositor ${this.#display} cannot be understood: ${(error as Error).message}`,
      );
    }
  }

  #displayEvent(opcode: number, args: ArgumentReader): void {
    if (opcode === DISPLAY.error) {
      const [object, code, text] = [args.uint(), args.uint(), args.string()];
      this.#end(`The compositor ${this.#display} refused: ${text} (object ${object}, ${code}).`);
    } else if (opcode === DISPLAY.deleteId) {
      const id = args.uint();
      this.#handlers.delete(id);
      this.#free.push(id);
    }
  }

  #registryEvent(opcode: number, args: ArgumentReader): void {
    const name = args.uint();
    if (opcode === REGISTRY.global) {
      const global = { name, interface: args.string(), version: args.uint() };
      this.#globals.set(name, global);
      this.emit('global', global);
    } else if (opcode === REGISTRY.globalRemove) {
      const global = this.#globals.get(name);
      this.#globals.delete(name);
      if (global) this.emit('global-removed', global);
    }
  }

  #end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    this.#handlers.clear();
    this.#socket.destroy();
    this.emit('closed', reason);
  }
}
