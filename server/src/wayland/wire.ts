import os from 'node:os';

import type { Framing } from './message-splitter.ts';

/** Wayland and EI speak the machine's own byte order, which on every machine that this runs on is little. */
if (os.endianness() !== 'LE')
  throw new Error('This machine has a byte order that is not supported.');

/** Bytes of a Wayland message's header: object, then size and opcode in one word (wayland.freedesktop.org, ch. 4). */
const HEADER = 8;

export const WAYLAND_FRAMING: Framing<{ readonly object: number; readonly opcode: number }> = {
  header: HEADER,
  // The size has 16 bits.
  longest: 0xffff,
  read: (bytes) => {
    const word = bytes.readUInt32LE(4);
    return { size: word >>> 16, head: { object: bytes.readUInt32LE(), opcode: word & 0xffff } };
  },
};

/** Arguments of a message, in order. Descriptors travel beside the bytes and are not supported. */
export class ArgumentWriter {
  readonly #parts: Buffer[] = [];

  /** Also of objects and new ids. */
  uint(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    this.#parts.push(bytes);
    return this;
  }

  int(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    this.#parts.push(bytes);
    return this;
  }

  /** 24.8 */
  fixed(value: number): this {
    return this.int(Math.round(value * 256));
  }

  float(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    this.#parts.push(bytes);
    return this;
  }

  /** u64 */
  ulong(value: bigint): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(value);
    this.#parts.push(bytes);
    return this;
  }

  /** Length with its NUL, the bytes, and as many as fill a word. */
  string(value: string): this {
    const text = Buffer.from(`${value}\0`);
    this.uint(text.length);
    this.#parts.push(text, Buffer.alloc(-text.length & 3));
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

/** Reads arguments in order. @throws RangeError when a message is shorter than what is read of it */
export class ArgumentReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint(): number {
    return this.#bytes.readUInt32LE(this.#step(4));
  }

  int(): number {
    return this.#bytes.readInt32LE(this.#step(4));
  }

  fixed(): number {
    return this.int() / 256;
  }

  float(): number {
    return this.#bytes.readFloatLE(this.#step(4));
  }

  ulong(): bigint {
    return this.#bytes.readBigUInt64LE(this.#step(8));
  }

  /** An absent one is empty. */
  string(): string {
    const length = this.uint();
    if (length === 0) return '';
    const from = this.#step((length + 3) & ~3);
    if (from + length > this.#bytes.length) throw new RangeError('a string is cut off');
    return this.#bytes.toString('utf8', from, from + length - 1);
  }

  #step(bytes: number): number {
    const from = this.#at;
    this.#at += bytes;
    return from;
  }
}

export function encodeMessage(object: number, opcode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt32LE(object);
  header.writeUInt32LE(((HEADER + body.length) << 16) | opcode, 4);
  return Buffer.concat([header, body]);
}
