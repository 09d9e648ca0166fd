import { expect, it } from 'vitest';

import { EI_FRAMING, encodeEiMessage } from '../../../src/input/ei/ei-wire.ts';
import { MessageSplitter } from '../../../src/wayland/message-splitter.ts';
import { ArgumentWriter } from '../../../src/wayland/wire.ts';

// ei_handshake.interface_version("ei_pointer", 1), laid out by hand after libei's doc/protocol: object, length, opcode,
// then the text with its length and filling, then the version.
const MESSAGE =
  '0000000000000000' +
  '24000000' +
  '04000000' +
  '0b000000' +
  '65695f706f696e7465720000' +
  '01000000';

it('a message is laid out as the protocol says', () => {
  const body = new ArgumentWriter().string('ei_pointer').uint(1).bytes();
  expect(encodeEiMessage(0n, 4, body).toString('hex')).toBe(MESSAGE);
});

it('messages are cut out of a stream, however it is sliced', () => {
  const bytes = Buffer.from(MESSAGE + 'ff000000000000ff' + '10000000' + '03000000', 'hex');
  const splitter = new MessageSplitter(EI_FRAMING);
  const messages = [...bytes].flatMap((byte) => splitter.push(Buffer.of(byte)));
  expect(messages.map(({ object, opcode, body }) => [object, opcode, body.length])).toEqual([
    [0n, 4, 20],
    [0xff000000000000ffn, 3, 0],
  ]);
});

it.each(['0f000000', 'ffffff7f'])('a length of %s is no message', (length) => {
  const bytes = Buffer.from('0000000000000000' + length + '00000000', 'hex');
  expect(() => new MessageSplitter(EI_FRAMING).push(bytes)).toThrow(/message/);
});
