import { createDecipheriv } from 'node:crypto';
import { SEAL_BYTES } from './packet.ts';

/** A sealed video datagram, opened (protocol 4 §6). */
export interface OpenedDatagram {
  /** IV counter */
  readonly counter: bigint;
  /** from the clear prefix, not authenticated */
  readonly frameNumber: number;
  readonly shard: Buffer;
}

/** @returns `undefined` when the tag does not fit or the IV is not a video IV */
export function openVideoDatagram(key: Buffer, datagram: Buffer): OpenedDatagram | undefined {
  if (datagram.length <= SEAL_BYTES) return undefined;
  const iv = datagram.subarray(0, 12);
  if (iv.readUIntBE(8, 3) !== 0 || iv[11] !== 0x56) return undefined;
  const decipher = createDecipheriv('aes-128-gcm', key, iv);
  decipher.setAuthTag(datagram.subarray(16, 32));
  try {
    const shard = Buffer.concat([decipher.update(datagram.subarray(SEAL_BYTES)), decipher.final()]);
    return { counter: iv.readBigUInt64LE(0), frameNumber: datagram.readUInt32LE(12), shard };
  } catch {
    return undefined;
  }
}
