import { expect, it } from 'vitest';

import {
  DEFAULT_HOLDING,
  IncomingChannel,
  WaitingBytes,
} from '../../../src/gamestream/enet/incoming-channel.ts';

it('holds the bytes of a packet, not the datagram that it came in', () => {
  const delivered: Uint8Array[] = [];
  const channel = new IncomingChannel(new WaitingBytes(DEFAULT_HOLDING), (data) =>
    delivered.push(data),
  );
  const inDatagram = (byte: number) => Buffer.alloc(65_507, byte).subarray(100, 101);
  expect(channel.reliable(2, inDatagram(2))).toBe('held');
  expect(channel.unreliable(2, 1, inDatagram(3))).toBe('held');
  expect(channel.reliable(1, inDatagram(1))).toBe('delivered');
  expect(delivered.map(([byte]) => byte)).toEqual([1, 2, 3]);
  expect(delivered.slice(1).map(({ buffer }) => buffer.byteLength)).toEqual([1, 1]);
});
