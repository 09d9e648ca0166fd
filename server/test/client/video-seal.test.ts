import { describe, expect, it } from 'vitest';
import { openVideoDatagram } from '../../src/client/video/seal.ts';
import { generate, readVectors, sha256 } from './vectors.ts';
import { createCipheriv } from 'node:crypto';

interface Vectors {
  readonly cases: readonly {
    readonly name: string;
    readonly key: string;
    readonly counter: string;
    readonly frameNumber: number;
    readonly iv: string;
    readonly plaintextSeed: number;
    readonly plaintextBytes: number;
    readonly plaintextSha256: string;
    readonly datagramSha256: string;
    readonly datagram?: string;
  }[];
}

describe.each(readVectors<Vectors>('video-encryption').cases)('$name', (vector) => {
  const key = Buffer.from(vector.key, 'hex');
  const datagram = vector.datagram ? Buffer.from(vector.datagram, 'hex') : seal(vector, key);

  it('opens to the shard of the vector', () => {
    expect(sha256(datagram)).toBe(vector.datagramSha256);
    const opened = openVideoDatagram(key, datagram)!;
    expect(opened.counter).toBe(BigInt(vector.counter));
    expect(opened.frameNumber).toBe(vector.frameNumber);
    expect(sha256(opened.shard)).toBe(vector.plaintextSha256);
  });

  it.each([0, 11, 16, 32])('does not open with byte %i changed', (offset) => {
    const broken = Buffer.from(datagram);
    broken[offset]! ^= 1;
    expect(openVideoDatagram(key, broken)).toBeUndefined();
  });
});

/** The long vectors give the plaintext's seed only. */
function seal(
  vector: { iv: string; frameNumber: number; plaintextSeed: number; plaintextBytes: number },
  key: Buffer,
): Buffer {
  const iv = Buffer.from(vector.iv, 'hex');
  const cipher = createCipheriv('aes-128-gcm', key, iv);
  const sealed = Buffer.concat([
    cipher.update(generate(vector.plaintextSeed, vector.plaintextBytes)),
    cipher.final(),
  ]);
  const frame = Buffer.alloc(4);
  frame.writeUInt32LE(vector.frameNumber);
  return Buffer.concat([iv, frame, cipher.getAuthTag(), sealed]);
}
