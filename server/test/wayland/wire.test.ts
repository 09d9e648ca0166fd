import { expect, it } from 'vitest';

import { MessageSplitter } from '../../src/wayland/message-splitter.ts';
import {
  ArgumentReader,
  ArgumentWriter,
  encodeMessage,
  WAYLAND_FRAMING,
} from '../../src/wayland/wire.ts';

// The bytes of wl_registry.bind as libwayland 1.21 sends them (WAYLAND_DEBUG beside strace).
const BIND = Buffer.from(
  '02000000' +
    '00002400' +
    '03000000' +
    '0a000000' +
    '776c5f6f757470757400'.padEnd(24, '0') +
    '04000000' +
    '05000000',
  'hex',
);

it('a request is laid out as the protocol says', () => {
  const args = new ArgumentWriter().uint(3).string('wl_output').uint(4).uint(5);
  expect(encodeMessage(2, 0, args.bytes()).toString('hex')).toBe(BIND.toString('hex'));
});

it('messages are cut out of a stream, however it is sliced', () => {
  const splitter = new MessageSplitter(WAYLAND_FRAMING);
  const bytes = Buffer.concat([BIND, encodeMessage(7, 2, Buffer.alloc(0))]);
  const messages = [...bytes].flatMap((byte) => splitter.push(Buffer.of(byte)));
  expect(messages.map(({ object, opcode }) => [object, opcode])).toEqual([
    [2, 0],
    [7, 2],
  ]);
  const args = new ArgumentReader(messages[0]!.body);
  expect([args.uint(), args.string(), args.uint(), args.uint()]).toEqual([3, 'wl_output', 4, 5]);
});

it('every type comes back as it went', () => {
  const bytes = new ArgumentWriter()
    .int(-5)
    .fixed(-2.5)
    .float(0.25)
    .ulong(0xff00000000000001n)
    .string('')
    .string('äß')
    .bytes();
  expect(bytes.length % 4).toBe(0);
  const args = new ArgumentReader(bytes);
  expect([
    args.int(),
    args.fixed(),
    args.float(),
    args.ulong(),
    args.string(),
    args.string(),
  ]).toEqual([-5, -2.5, 0.25, 0xff00000000000001n, '', 'äß']);
  expect(() => args.uint()).toThrow(RangeError);
});

it('what is no message is told, and a string that is cut off too', () => {
  expect(() =>
    new MessageSplitter(WAYLAND_FRAMING).push(Buffer.from('0100000000000400', 'hex')),
  ).toThrow(/4 bytes/);
  const cut = new ArgumentReader(Buffer.from('40000000616263', 'hex'));
  expect(() => cut.string()).toThrow(RangeError);
});
