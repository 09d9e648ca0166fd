import type { FrameFecStatus } from './control-plane.ts';
import type { ControlMessage } from './message-cipher.ts';

/** What a client says on the control stream (protocol 2 §B.4). */
export type ClientMessage =
  /** also the first message of every session */
  | { readonly kind: 'keyframe' }
  | { readonly kind: 'start' }
  | { readonly kind: 'ping' }
  | { readonly kind: 'invalidate'; readonly first: number; readonly last: number }
  | { readonly kind: 'long-term-reference'; readonly frame: number }
  | { readonly kind: 'fec-status'; readonly status: FrameFecStatus }
  | { readonly kind: 'input'; readonly packet: Uint8Array }
  | {
      readonly kind: 'loss';
      readonly lost: number;
      /** milliseconds */
      readonly interval: number;
      readonly lastGoodFrame: number;
    };

const KEYFRAME = 0x0302;
const START = 0x0307;
const PING = 0x0200;
const INVALIDATE = 0x0301;
const LONG_TERM_REFERENCE = 0x0350;
const FEC_STATUS = 0x5502;
const INPUT = 0x0206;
const LOSS = 0x0201;

/** `unknown`: a type that stock hosts ignore too; `malformed`: shorter than its type asks for. */
export function decodeClientMessage(
  message: ControlMessage,
): ClientMessage | 'unknown' | 'malformed' {
  const { type, payload: bytes } = message;
  const payload = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case KEYFRAME:
      return { kind: 'keyframe' };
    case START:
      return { kind: 'start' };
    case PING:
      // Its content is partly undefined memory of the client (protocol 2-streaming, Q5).
      return { kind: 'ping' };
    case INVALIDATE: {
      if (payload.length < 12) return 'malformed';
      const first = payload.readUInt32LE(0);
      const last = payload.readUInt32LE(8);
      return first > last ? 'malformed' : { kind: 'invalidate', first, last };
    }
    case LONG_TERM_REFERENCE:
      if (payload.length < 4) return 'malformed';
      return { kind: 'long-term-reference', frame: payload.readUInt32LE(0) };
    case FEC_STATUS:
      if (payload.length < 21) return 'malformed';
      return { kind: 'fec-status', status: decodeFecStatus(payload) };
    case INPUT:
      return { kind: 'input', packet: bytes };
    case LOSS: {
      if (payload.length < 32) return 'malformed';
      const lastGoodFrame = payload.readBigUInt64LE(12);
      return {
        kind: 'loss',
        lost: payload.readUInt32LE(0),
        interval: payload.readUInt32LE(4),
        lastGoodFrame: Number(BigInt.asUintN(32, lastGoodFrame)),
      };
    }
    default:
      return 'unknown';
  }
}

function decodeFecStatus(payload: Buffer): FrameFecStatus {
  return {
    frame: payload.readUInt32BE(0),
    highestSequence: payload.readUInt16BE(4),
    nextContiguousSequence: payload.readUInt16BE(6),
    missingBeforeHighest: payload.readUInt16BE(8),
    dataPackets: payload.readUInt16BE(10),
    parityPackets: payload.readUInt16BE(12),
    dataReceived: payload.readUInt16BE(14),
    parityReceived: payload.readUInt16BE(16),
    fecPercentage: payload.readUInt8(18),
    block: payload.readUInt8(19),
    blocks: payload.readUInt8(20),
  };
}
