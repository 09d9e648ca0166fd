import { describe, expect, it } from 'vitest';

import {
  looksSealed,
  open,
  seal,
  sealedLength,
} from '../../../src/gamestream/rtsp/sealed-frame.ts';
import { rtspEncryption } from './vectors.ts';

const { session, synthetic, negative } = rtspEncryption;

describe('sealed RTSP', () => {
  it.each([...session.exchange, ...synthetic].map((one, index) => [index, one] as const))(
    'vector %i, both ways',
    (_, { direction, keyHex, plaintext, sequence, wireHex }) => {
      const key = Buffer.from(keyHex ?? session.rikeyHex, 'hex');
      const sender = direction === 'client->host' ? 'client' : 'host';
      const wire = Buffer.from(wireHex, 'hex');
      expect(seal(key, sender, sequence, Buffer.from(plaintext)).toString('hex')).toBe(wireHex);
      expect(sealedLength(wire)).toBe(wire.length);
      expect(open(key, sender, wire)).toEqual({ sequence, plaintext: Buffer.from(plaintext) });
      expect(open(key, sender === 'host' ? 'client' : 'host', wire)).toBeUndefined();
    },
  );

  it.each(negative.map((one) => [one.case, one] as const))('%s is refused', (_, one) => {
    const wire = Buffer.from(one.wireHex, 'hex');
    expect(open(Buffer.from(one.keyHex, 'hex'), 'client', wire)).toBeUndefined();
    if (one.case.startsWith('truncated')) expect(sealedLength(wire)).toBe(wire.length + 1);
    if (one.expect.startsWith('reject')) expect(looksSealed(wire)).toBe(false);
  });
});
