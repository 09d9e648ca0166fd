import type { Framing } from '../../wayland/message-splitter.ts';

/**
 * EI's messages (libei's proto/protocol.xml): a header of 16 bytes, the arguments as on Wayland, in the machine's byte
 * order. Objects and new ids have 64 bits.
 */
const HEADER = 16;

/** Nothing that a server says is near it; a keymap goes beside the bytes. */
const LONGEST = 65_536;

export const EI_FRAMING: Framing<{ readonly object: bigint; readonly opcode: number }> = {
  header: HEADER,
  longest: LONGEST,
  read: (bytes) => ({
    size: bytes.readUInt32LE(8),
    head: { object: bytes.readBigUInt64LE(), opcode: bytes.readUInt32LE(12) },
  }),
};

export function encodeEiMessage(object: bigint, opcode: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeBigUInt64LE(object);
  header.writeUInt32LE(HEADER + body.length, 8);
  header.writeUInt32LE(opcode, 12);
  return Buffer.concat([header, body]);
}
