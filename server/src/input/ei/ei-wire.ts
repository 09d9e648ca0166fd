/**
 * EI's messages (libei's proto/protocol.xml): a header of 16 bytes, the arguments as on Wayland, in the machine's byte
 * order. Objects and new ids have 64 bits.
 */
const HEADER = 16;

/** Nothing that a server says is near it; a keymap goes beside the bytes. */
const LONGEST = 65_536;

export interface EiMessage {
  readonly object: bigint;
  readonly opcode: number;
  readonly body: Buffer;
}

export function encodeEiMessage(object: bigint, opcode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeBigUInt64LE(object);
  header.writeUInt32LE(HEADER + body.length, 8);
  header.writeUInt32LE(opcode, 12);
  return Buffer.concat([header, body]);
}

/** Cuts a stream of bytes into messages. */
export class EiSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** @throws Error when the bytes are no EI messages */
  push(bytes: Buffer): EiMessage[] {
    let rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    const messages: EiMessage[] = [];
    while (rest.length >= HEADER) {
      const size = rest.readUInt32LE(8);
      if (size < HEADER || size > LONGEST) throw new Error(`a message of ${size} bytes`);
      if (rest.length < size) break;
      messages.push({
        object: rest.readBigUInt64LE(),
        opcode: rest.readUInt32LE(12),
        body: rest.subarray(HEADER, size),
      });
      rest = rest.subarray(size);
    }
    this.#rest = rest;
    return messages;
  }
}
