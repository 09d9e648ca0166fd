import crypto from 'node:crypto';

/** `rtspenc://`: each message is one AES-128-GCM frame under the launch's key (protocol 1 §3.10). */

export const SEALED_HEADER_BYTES = 24;

/** Byte 10 of the nonce: who wrote the message. */
export type Sender = 'client' | 'host';

const SENDER = { client: 0x43, host: 0x48 } as const;
const RTSP = 0x52;
const SEALED_BIT = 0x80000000;
const TAG_OFFSET = 8;

function nonce(sender: Sender, sequence: number): Buffer {
  const bytes = Buffer.alloc(12);
  // Little-endian here although the header carries the same number big-endian.
  bytes.writeUInt32LE(sequence, 0);
  bytes[10] = SENDER[sender];
  bytes[11] = RTSP;
  return bytes;
}

/** @param sequence u32, never used before under this key by this sender */
export function seal(key: Uint8Array, sender: Sender, sequence: number, plaintext: Buffer): Buffer {
  const cipher = crypto.createCipheriv('aes-128-gcm', key, nonce(sender, sequence));
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const header = Buffer.alloc(SEALED_HEADER_BYTES);
  header.writeUInt32BE((SEALED_BIT | plaintext.length) >>> 0, 0);
  header.writeUInt32BE(sequence, 4);
  cipher.getAuthTag().copy(header, TAG_OFFSET);
  return Buffer.concat([header, body]);
}

/** Whether a connection's first byte begins a sealed frame; a plain request begins with a letter. */
export function looksSealed(bytes: Buffer): boolean {
  return bytes.length > 0 && (bytes[0]! & 0x80) !== 0;
}

/** @returns bytes of the whole frame as its header says; `undefined` while the header is incomplete */
export function sealedLength(bytes: Buffer): number | undefined {
  if (bytes.length < 4) return undefined;
  return SEALED_HEADER_BYTES + (bytes.readUInt32BE(0) & ~SEALED_BIT);
}

/**
 * @param frame exactly one frame
 * @returns `undefined` when it is not sealed, not whole, or not by this key and sender
 */
export function open(
  key: Uint8Array,
  sender: Sender,
  frame: Buffer,
): { readonly sequence: number; readonly plaintext: Buffer } | undefined {
  if (!looksSealed(frame) || frame.length < SEALED_HEADER_BYTES) return undefined;
  if (sealedLength(frame) !== frame.length) return undefined;
  const sequence = frame.readUInt32BE(4);
  const decipher = crypto.createDecipheriv('aes-128-gcm', key, nonce(sender, sequence));
  decipher.setAuthTag(frame.subarray(TAG_OFFSET, SEALED_HEADER_BYTES));
  const body = decipher.update(frame.subarray(SEALED_HEADER_BYTES));
  try {
    return { sequence, plaintext: Buffer.concat([body, decipher.final()]) };
  } catch {
    return undefined;
  }
}
