import type { DamagedBlock } from '../../native/receiver-addon.ts';

/** Types of what a client sends (protocol 2 §B.4). */
export const IDR_REQUEST = 0x0302;
export const START_B = 0x0307;
export const PERIODIC_PING = 0x0200;
export const INVALIDATE = 0x0301;
export const FRAME_FEC_STATUS = 0x5502;
export const INPUT = 0x0206;

export const CHANNEL_GENERIC = 0x00;
export const CHANNEL_URGENT = 0x01;

export const PING_PAYLOAD = Buffer.from('0400000000000000', 'hex');

export function invalidatePayload(first: number, last: number): Buffer {
  const payload = Buffer.alloc(24);
  payload.writeUInt32LE(first, 0);
  payload.writeUInt32LE(last, 8);
  return payload;
}

/** Tells the host how much of a block was lost; big-endian, unlike everything around it. */
export function fecStatusPayload(block: DamagedBlock): Buffer {
  const payload = Buffer.alloc(21);
  payload.writeUInt32BE(block.frameIndex, 0);
  [
    block.highestSequence,
    block.nextContiguousSequence,
    block.missingBeforeHighest,
    block.dataShards,
    block.parityShards,
    block.dataReceived,
    block.parityReceived,
  ].forEach((value, i) => payload.writeUInt16BE(value, 4 + 2 * i));
  payload[18] = block.fecPercentage;
  payload[19] = block.index;
  payload[20] = block.lastBlock + 1;
  return payload;
}
