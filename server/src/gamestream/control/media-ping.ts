const SIZE = 20;
const PAYLOAD = 16;
const LEGACY = Buffer.from('PING', 'ascii');

/** What a client sends to the media ports every 500 ms (protocol 4 §1). */
export type MediaPing =
  | { readonly kind: 'payload'; readonly payload: string; readonly counter: number }
  | { readonly kind: 'legacy' };

/** @returns undefined for anything else */
export function decodeMediaPing(bytes: Uint8Array): MediaPing | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length === LEGACY.length)
    return buffer.equals(LEGACY) ? { kind: 'legacy' } : undefined;
  if (buffer.length < SIZE) return undefined;
  return {
    kind: 'payload',
    payload: buffer.toString('latin1', 0, PAYLOAD),
    counter: buffer.readUInt32BE(PAYLOAD),
  };
}
