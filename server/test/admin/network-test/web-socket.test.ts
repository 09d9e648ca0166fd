import { PassThrough, Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { acceptOf, TestSocket } from '../../../src/admin/network-test/web-socket.ts';
import { maskedFrame } from './test-client.ts';

/** A socket between two streams: what arrives, and what it wrote. */
function opened() {
  const arrives = new PassThrough();
  const written = new PassThrough();
  const socket = new TestSocket(Duplex.from({ readable: arrives, writable: written }));
  const heard: (string | number)[] = [];
  socket.on('text', (text) => heard.push(text));
  socket.on('bytes', (count) => heard.push(count));
  return {
    arrives,
    heard,
    closeCode: async () => {
      for await (const part of written) {
        const bytes = part as Buffer;
        if (bytes[0] === 0x88) return bytes.readUInt16BE(2);
      }
      return undefined;
    },
  };
}

it('answers the key of RFC 6455’s own example', () => {
  expect(acceptOf('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
});

it('reads frames wherever they are cut', async () => {
  const { arrives, heard } = opened();
  const bytes = Buffer.concat([
    maskedFrame(1, Buffer.from('down')),
    maskedFrame(2, Buffer.alloc(300)),
    maskedFrame(1, Buffer.from('stop')),
  ]);
  for (const byte of bytes) arrives.write(Buffer.from([byte]));
  await expect.poll(() => heard.at(-1)).toBe('stop');
  expect(heard[0]).toBe('down');
  const counted = heard.filter((one) => typeof one === 'number');
  expect(counted.reduce((sum, one) => sum + one, 0)).toBe(300);
});

describe('closes on what no browser sends', () => {
  it.each([
    ['a frame without a mask', Buffer.from([0x81, 1, 65]), 1002],
    ['reserved bits', Buffer.from([0xc1, 0x80, 0, 0, 0, 0]), 1002],
    ['an unknown kind', Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
    ['a text in parts', Buffer.from([0x01, 0x80, 0, 0, 0, 0]), 1002],
    ['a long text', maskedFrame(1, Buffer.alloc(126)), 1009],
    ['bytes without end', Buffer.from([0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ])('%s', async (_, bytes, code) => {
    const { arrives, heard, closeCode } = opened();
    arrives.write(bytes);
    expect(await closeCode()).toBe(code);
    expect(heard).toEqual([]);
  });
});
