import { createCipheriv, createDecipheriv } from 'node:crypto';

/** One control message without its seal (protocol 2 §B.2). */
export interface ControlMessage {
  readonly type: number;
  readonly payload: Buffer;
}

/** `v2`: 12-byte nonces with the sender in them; else 16 bytes, the same both ways. */
export type ControlScheme = 'v2' | 'legacy';
type Sender = 'client' | 'host';

const ENCRYPTED = 0x0001;
const HEADER_BYTES = 24;

function nonce(scheme: ControlScheme, sender: Sender, sequence: number): Buffer {
  if (scheme === 'legacy') {
    const iv = Buffer.alloc(16);
    iv[0] = sequence & 0xff;
    return iv;
  }
  const iv = Buffer.alloc(12);
  iv.writeUInt32LE(sequence, 0);
  iv.write(sender === 'client' ? 'C' : 'H', 10, 'ascii');
  iv.write('C', 11, 'ascii');
  return iv;
}

export function sealControl(
  key: Buffer,
  scheme: ControlScheme,
  sender: Sender,
  sequence: number,
  message: ControlMessage,
): Buffer {
  const inner = Buffer.alloc(4 + message.payload.length);
  inner.writeUInt16LE(message.type, 0);
  inner.writeUInt16LE(message.payload.length, 2);
  message.payload.copy(inner, 4);
  const cipher = createCipheriv('aes-128-gcm', key, nonce(scheme, sender, sequence));
  const body = Buffer.concat([cipher.update(inner), cipher.final()]);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16LE(ENCRYPTED, 0);
  header.writeUInt16LE(body.length + HEADER_BYTES - 4, 2);
  header.writeUInt32LE(sequence, 4);
  cipher.getAuthTag().copy(header, 8);
  return Buffer.concat([header, body]);
}

/** @returns the message and its sequence, or a sentence about what is wrong with the packet */
export function openControl(
  key: Buffer,
  scheme: ControlScheme,
  sender: Sender,
  packet: Buffer,
): (ControlMessage & { readonly sequence: number }) | string {
  if (packet.length < HEADER_BYTES + 4) return `a control packet of ${packet.length} bytes`;
  if (packet.readUInt16LE(0) !== ENCRYPTED) return 'a control packet is not encrypted';
  if (packet.readUInt16LE(2) !== packet.length - 4)
    return 'a control packet has a wrong length field';
  const sequence = packet.readUInt32LE(4);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce(scheme, sender, sequence));
  decipher.setAuthTag(packet.subarray(8, HEADER_BYTES));
  try {
    const inner = Buffer.concat([decipher.update(packet.subarray(HEADER_BYTES)), decipher.final()]);
    if (inner.readUInt16LE(2) !== inner.length - 4)
      return 'a control message has a wrong length field';
    return { sequence, type: inner.readUInt16LE(0), payload: inner.subarray(4) };
  } catch {
    return `control packet ${sequence} does not open with the session key`;
  }
}
