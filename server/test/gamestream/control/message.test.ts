import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import vectors from '../../../../test/vectors/control-encryption.json' with { type: 'json' };
import {
  decodeClientMessage,
  type ClientMessage,
} from '../../../src/gamestream/control/client-message.ts';
import { encodeHostMessage } from '../../../src/gamestream/control/host-message.ts';
import type { HostMessage } from '../../../src/gamestream/control/host-message.ts';
import { openMessage, sealMessage } from '../../../src/gamestream/control/message-cipher.ts';
import { ReplayWindow } from '../../../src/gamestream/control/replay-window.ts';

const cases = vectors.cases.map((one) => ({
  ...one,
  from: one.direction === 'client-to-host' ? ('client' as const) : ('host' as const),
  key: { key: Buffer.from(one.key, 'hex'), v2: one.scheme === 'v2' },
  message: { type: Number(one.type), payload: Buffer.from(one.payload, 'hex') },
  packet: Buffer.from(one.packet, 'hex'),
}));
const named = (name: string) => cases.find((one) => one.name.startsWith(name))!;

describe('sealed control messages', () => {
  it.each(cases)('$name ($scheme, $direction)', ({ key, from, seq, message, packet }) => {
    expect(sealMessage(key, from, seq, message)).toEqual(packet);
    expect(openMessage(key, from, packet)).toEqual({ ...message, sequence: seq });
  });

  it.each(cases)('refused when anything is changed: $name', ({ key, from, packet }) => {
    for (let bit = 0; bit < packet.length * 8; bit += 7) {
      const changed = Buffer.from(packet);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      const legacyCounter = !key.v2 && bit >> 3 > 4 && bit >> 3 < 8;
      // The older IV takes only the lowest byte of the counter; the rest of it is not protected.
      if (!legacyCounter) expect(openMessage(key, from, changed)).toBeUndefined();
    }
    for (let length = 0; length < packet.length; length += 1) {
      expect(openMessage(key, from, packet.subarray(0, length))).toBeUndefined();
    }
    expect(openMessage({ ...key, key: Buffer.alloc(16, 9) }, from, packet)).toBeUndefined();
  });

  it('of the other direction do not open with 12-byte IVs', () => {
    const { key, packet } = named('start B');
    expect(openMessage(key, 'host', packet)).toBeUndefined();
  });
});

describe('what a client says', () => {
  it.each<[string, ClientMessage]>([
    ['first message', { kind: 'keyframe' }],
    ['start B', { kind: 'start' }],
    ['periodic ping', { kind: 'ping' }],
    ['invalidate', { kind: 'invalidate', first: 100, last: 103 }],
    ['LTR', { kind: 'long-term-reference', frame: 77 }],
    [
      'frame FEC',
      {
        kind: 'fec-status',
        status: {
          frame: 5,
          highestSequence: 0xfffe,
          nextContiguousSequence: 0xfffa,
          missingBeforeHighest: 3,
          dataPackets: 10,
          parityPackets: 2,
          dataReceived: 8,
          parityReceived: 1,
          fecPercentage: 20,
          block: 0,
          blocks: 1,
        },
      },
    ],
  ])('%s', (name, expected) => {
    expect(decodeClientMessage(named(name).message)).toEqual(expected);
  });

  it('input is handed on as it is', () => {
    const { message } = named('input: key down');
    expect(decodeClientMessage(message)).toEqual({ kind: 'input', packet: message.payload });
  });

  it('loss of old clients', () => {
    const payload = Buffer.alloc(32);
    payload.writeUInt32LE(3, 0);
    payload.writeUInt32LE(50, 4);
    payload.writeBigUInt64LE(1234n, 12);
    expect(decodeClientMessage({ type: 0x0201, payload })).toEqual({
      kind: 'loss',
      lost: 3,
      interval: 50,
      lastGoodFrame: 1234,
    });
  });

  it('is refused when it is short or turned round', () => {
    for (const name of ['invalidate', 'LTR', 'frame FEC']) {
      const { type, payload } = named(name).message;
      expect(decodeClientMessage({ type, payload: payload.subarray(0, 3) })).toBe('malformed');
    }
    const payload = Buffer.alloc(24);
    payload.writeUInt32LE(9, 0);
    expect(decodeClientMessage({ type: 0x0301, payload })).toBe('malformed');
    expect(decodeClientMessage({ type: 0x3000, payload })).toBe('unknown');
  });
});

describe('what the host says', () => {
  const bytes = (from: number): Buffer =>
    Buffer.from(Array.from({ length: 10 }, (_, i) => from + i));

  it.each<[string, HostMessage]>([
    ['rumble controller', { kind: 'rumble', controller: 1, low: 0x1234, high: 0xffff }],
    ['rumble triggers', { kind: 'rumble-triggers', controller: 0, left: 0x8000, right: 0x4000 }],
    ['set motion', { kind: 'motion-rate', controller: 0, rate: 100, sensor: 'gyroscope' }],
    ['set RGB', { kind: 'led', controller: 0, red: 0x10, green: 0x20, blue: 0x30 }],
    [
      'adaptive',
      {
        kind: 'adaptive-triggers',
        controller: 0,
        flags: 0x0c,
        leftType: 0x21,
        rightType: 0x26,
        left: bytes(1),
        right: bytes(11),
      },
    ],
    ['HDR mode off', { kind: 'hdr', enabled: false }],
    ['termination, graceful', { kind: 'termination', code: 0x80030023 }],
    [
      'HDR mode on',
      {
        kind: 'hdr',
        enabled: true,
        metadata: {
          primaries: [34000, 16000, 13250, 34500, 7500, 3000],
          whitePoint: [15635, 16450],
          maxLuminance: 1000,
          minLuminance: 50,
          maxContentLight: 800,
          maxFrameAverageLight: 400,
          maxFullFrameLuminance: 600,
        },
      },
    ],
  ])('%s', (name, message) => {
    expect(encodeHostMessage(message)).toEqual(named(name).message);
  });
});

describe('the replay window', () => {
  it('admits each number once, in any order within its size', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { maxLength: 400 }), (numbers) => {
        const window = new ReplayWindow(256);
        const seen = new Set<number>();
        let highest = -1;
        for (const number of numbers) {
          const fresh = !seen.has(number) && number > highest - 256;
          expect(window.isFresh(number)).toBe(fresh);
          expect(window.admit(number)).toBe(fresh);
          if (fresh) seen.add(number);
          highest = Math.max(highest, number);
        }
      }),
    );
  });

  it('takes leaps over the whole range', () => {
    const window = new ReplayWindow();
    expect(window.admit(0)).toBe(true);
    expect(window.admit(0xffffffff)).toBe(true);
    expect(window.admit(0xffffffff)).toBe(false);
    expect(window.admit(0xffffffff - 16_383)).toBe(true);
    expect(window.admit(0xffffffff - 16_384)).toBe(false);
    expect(window.admit(0)).toBe(false);
  });
});
