import { describe, expect, it } from 'vitest';

import vectors from '../../../test/vectors/input-packets.json' with { type: 'json' };
import { decodeInputPacket } from '../../src/input/input-packet.ts';

const bytesOf = (name: string): Buffer =>
  Buffer.from(vectors.packets.find((packet) => packet.name === name)!.packet, 'hex');

/** What the decoder makes of each vector's values. */
const EXPECTED: Record<string, object> = {
  'enable haptics': { kind: 'haptics' },
  'key down VK A, high byte 0x80, Shift': {
    kind: 'key',
    down: true,
    virtualKey: 0x41,
    flags: 0,
    modifiers: 1,
  },
  'key up VK A, flag not normalised': {
    kind: 'key',
    down: false,
    virtualKey: 0x41,
    flags: 1,
    modifiers: 0,
  },
  'relative mouse': { kind: 'move-relative', dx: -5, dy: 300 },
  'absolute mouse, caller gave (100,50) of 1920x1080': {
    kind: 'move-absolute',
    x: 100,
    y: 50,
    maximumX: 1919,
    maximumY: 1079,
  },
  'mouse button down, right': { kind: 'button', down: true, button: 3 },
  'mouse button up, X2': { kind: 'button', down: false, button: 5 },
  'vertical scroll': { kind: 'scroll', vertical: -60, horizontal: 0 },
  'horizontal scroll': { kind: 'scroll', vertical: 0, horizontal: 240 },
  'controller arrival, Steam, all capabilities': {
    kind: 'controller-arrival',
    controller: 2,
    type: 4,
    capabilities: 0x1ff,
    buttons: 0x3fffff,
  },
  'multi controller sent automatically after the arrival': {
    kind: 'controller',
    controller: 2,
    mask: 4,
    buttons: 0,
    leftTrigger: 0,
    rightTrigger: 0,
    leftX: 0,
    leftY: 0,
    rightX: 0,
    rightY: 0,
  },
  'multi controller': {
    kind: 'controller',
    controller: 2,
    mask: 4,
    buttons: 0x211000,
    leftTrigger: 255,
    rightTrigger: 1,
    leftX: -32768,
    leftY: 32767,
    rightX: 1,
    rightY: -1,
  },
  'touch down': {
    kind: 'touch',
    contact: 'down',
    pointerId: 0x11223344,
    x: 0.25,
    y: 0.5,
    pressure: 1,
    major: 0.125,
    minor: 0.0625,
    rotation: 90,
  },
  'touch move': {
    kind: 'touch',
    contact: 'move',
    pointerId: 0x11223344,
    x: 0.5,
    y: 0.5,
    pressure: 1,
    major: 0,
    minor: 0,
  },
  'pen down, eraser, secondary button': {
    kind: 'pen',
    contact: 'down',
    tool: 'eraser',
    buttons: 2,
    x: 0.25,
    y: 0.75,
    pressure: 0.5,
    rotation: 180,
    tilt: 45,
    major: 0,
    minor: 0,
  },
  'controller touch, second pad': {
    kind: 'controller-touch',
    controller: 2,
    contact: 'down',
    touchpad: 1,
    pointerId: 7,
    x: 0.5,
    y: 0.25,
    pressure: 1,
  },
  'controller motion, accelerometer': {
    kind: 'controller-motion',
    controller: 2,
    sensor: 'accelerometer',
    x: 0.5,
    y: 9.75,
    z: -1,
  },
  'controller motion, gyroscope null (reliable)': {
    kind: 'controller-motion',
    controller: 2,
    sensor: 'gyroscope',
    x: 0,
    y: 0,
    z: 0,
  },
  battery: { kind: 'controller-battery', controller: 2, state: 2, percent: 42 },
  'UTF-8 text, first code point of a longer text': { kind: 'text', codePoints: [0x61] },
  'UTF-8 text, second': { kind: 'text', codePoints: [0xe9] },
  'UTF-8 text, third': { kind: 'text', codePoints: [0x20ac] },
};

describe('input packets', () => {
  it.each(vectors.packets)('$name', ({ name, packet }) => {
    expect(decodeInputPacket(Buffer.from(packet, 'hex'))).toEqual(EXPECTED[name]);
  });

  it.each(vectors.packets)('refused when shortened, taken when longer: $name', ({ packet }) => {
    const bytes = Buffer.from(packet, 'hex');
    for (let length = 0; length < bytes.length; length += 1) {
      const short = Buffer.from(bytes.subarray(0, length));
      expect(decodeInputPacket(short)).toBe('malformed');
      if (length < 4) continue;
      short.writeUInt32BE(length - 4, 0);
      const known = length >= 8;
      const text = packet.slice(8, 16) === '17000000';
      if (known && !(text && length > 8)) expect(decodeInputPacket(short)).toBe('malformed');
    }
    const long = Buffer.concat([bytes, Buffer.from('xx')]);
    long.writeUInt32BE(long.length - 4, 0);
    expect(decodeInputPacket(long)).not.toBe('malformed');
  });

  it('refuses values that cannot be', () => {
    const reference = bytesOf('absolute mouse, caller gave (100,50) of 1920x1080');
    reference.writeInt16BE(0, 14);
    expect(decodeInputPacket(reference)).toBe('malformed');
    const button = bytesOf('mouse button down, right');
    button[8] = 6;
    expect(decodeInputPacket(button)).toBe('malformed');
    const controller = bytesOf('multi controller');
    controller.writeInt16LE(16, 10);
    expect(decodeInputPacket(controller)).toBe('malformed');
    const touch = bytesOf('touch down');
    touch.writeFloatLE(NaN, 16);
    expect(decodeInputPacket(touch)).toBe('malformed');
    const text = bytesOf('UTF-8 text, second');
    text[9] = 0x20;
    expect(decodeInputPacket(text)).toBe('malformed');
    const magic = bytesOf('relative mouse');
    magic.writeUInt32LE(0x55000008, 4);
    expect(decodeInputPacket(magic)).toBe('unknown');
  });

  it('undoes the extended sign of old clients', () => {
    const state = bytesOf('multi controller');
    state.writeUInt16LE(0x8000, 16);
    state.writeUInt16LE(0xffff, 30);
    expect(decodeInputPacket(state)).toMatchObject({ buttons: 0x8000 });
  });
});
