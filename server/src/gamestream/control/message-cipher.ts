import { createCipheriv, createDecipheriv } from 'node:crypto';

/** Outer type of every packet of an encrypted control stream (protocol 2 §B.2). */
const ENCRYPTED = 0x0001;
const TAG = 16;
/** outer type, length and sequence */
const HEAD = 8;
/** inner type and length */
const INNER_HEAD = 4;

/** One control message between the layers: a number of protocol 2 §B.4/B.5 and its payload. */
export interface ControlMessage {
  readonly type: number;
  readonly payload: Uint8Array;
}

export interface OpenedMessage extends ControlMessage {
  /** the sender's counter, u32 */
  readonly sequence: number;
}

export type Side = 'client' | 'host';

/** What one key seals and opens with. */
export interface ControlKey {
  /** rikey, 16 bytes */
  readonly key: Uint8Array;
  /** 12-byte IVs that name the sender; else the 16-byte IVs of older clients */
  readonly v2: boolean;
}

/**
 * Seals one message (AES-128-GCM, no additional data).
 *
 * @param sequence u32 that was never used with this key in this direction
 */
export function sealMessage(
  { key, v2 }: ControlKey,
  from: Side,
  sequence: number,
  message: ControlMessage,
): Buffer {
  const plain = Buffer.alloc(INNER_HEAD + message.payload.length);
  plain.writeUInt16LE(message.type, 0);
  plain.writeUInt16LE(message.payload.length, 2);
  plain.set(message.payload, INNER_HEAD);
  const cipher = createCipheriv('aes-128-gcm', key, iv(v2, from, sequence));
  const sealed = cipher.update(plain);
  cipher.final();

  const head = Buffer.alloc(HEAD);
  head.writeUInt16LE(ENCRYPTED, 0);
  head.writeUInt16LE(4 + TAG + plain.length, 2);
  head.writeUInt32LE(sequence, 4);
  return Buffer.concat([head, cipher.getAuthTag(), sealed]);
}

/** The counter of a sealed packet, unproven; undefined when it is too short or of another outer type. */
function sealedSequence(packet: Uint8Array): number | undefined {
  if (packet.length < HEAD + TAG + INNER_HEAD) return undefined;
  const view = Buffer.from(packet.buffer, packet.byteOffset, packet.byteLength);
  const fits = view.readUInt16LE(2) === packet.length - 4;
  return view.readUInt16LE(0) === ENCRYPTED && fits ? view.readUInt32LE(4) : undefined;
}

/** @returns undefined for anything that is not a whole message sealed with this key by that side */
export function openMessage(
  { key, v2 }: ControlKey,
  from: Side,
  packet: Uint8Array,
): OpenedMessage | undefined {
  const sequence = sealedSequence(packet);
  if (sequence === undefined) return undefined;
  const decipher = createDecipheriv('aes-128-gcm', key, iv(v2, from, sequence), {
    authTagLength: TAG,
  });
  decipher.setAuthTag(packet.subarray(HEAD, HEAD + TAG));
  let plain: Buffer;
  try {
    plain = Buffer.concat([decipher.update(packet.subarray(HEAD + TAG)), decipher.final()]);
  } catch {
    return undefined;
  }
  const type = plain.readUInt16LE(0);
  const length = plain.readUInt16LE(2);
  if (type === ENCRYPTED || length > plain.length - INNER_HEAD) return undefined;
  return { sequence, type, payload: plain.subarray(INNER_HEAD, INNER_HEAD + length) };
}

function iv(v2: boolean, from: Side, sequence: number): Buffer {
  if (!v2) {
    const legacy = Buffer.alloc(16);
    legacy[0] = sequence & 0xff;
    return legacy;
  }
  const named = Buffer.alloc(12);
  named.writeUInt32LE(sequence, 0);
  named.write(from === 'client' ? 'CC' : 'HC', 10, 'ascii');
  return named;
}
