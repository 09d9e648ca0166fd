import { describe, expect, it } from 'vitest';
import {
  fecStatusPayload,
  invalidatePayload,
  PING_PAYLOAD,
} from '../../src/client/control/client-messages.ts';
import { readHostMessage } from '../../src/client/control/host-messages.ts';
import { openControl, sealControl } from '../../src/client/control/sealed-message.ts';
import { readVectors } from './vectors.ts';

interface Vectors {
  readonly cases: readonly {
    readonly name: string;
    readonly scheme: string;
    readonly direction: string;
    readonly key: string;
    readonly seq: number;
    readonly type: string;
    readonly payload: string;
    readonly packet: string;
  }[];
}

const { cases } = readVectors<Vectors>('control-encryption');

describe.each(cases)('$name', (vector) => {
  const key = Buffer.from(vector.key, 'hex');
  const scheme = vector.scheme === 'v2' ? 'v2' : 'legacy';
  const sender = vector.direction.startsWith('client') ? 'client' : 'host';
  const message = { type: Number(vector.type), payload: Buffer.from(vector.payload, 'hex') };
  const packet = Buffer.from(vector.packet, 'hex');

  it('seals to the packet of the vector and opens again', () => {
    expect(sealControl(key, scheme, sender, vector.seq, message).equals(packet)).toBe(true);
    expect(openControl(key, scheme, sender, packet)).toEqual({ sequence: vector.seq, ...message });
  });

  it.each([0, 2, 8, 24])('does not open with byte %i changed', (offset) => {
    const broken = Buffer.from(packet);
    broken[offset]! ^= 1;
    expect(openControl(key, scheme, sender, broken)).toBeTypeOf('string');
  });
});

const payloadOf = (name: string): Buffer =>
  Buffer.from(cases.find((vector) => vector.name.startsWith(name))!.payload, 'hex');

it('writes the payloads of the vectors', () => {
  expect(PING_PAYLOAD).toEqual(payloadOf('periodic ping'));
  expect(invalidatePayload(100, 103)).toEqual(payloadOf('invalidate'));
  const status = fecStatusPayload({
    frameIndex: 5,
    highestSequence: 0xfffe,
    nextContiguousSequence: 0xfffa,
    missingBeforeHighest: 3,
    dataShards: 10,
    parityShards: 2,
    dataReceived: 8,
    parityReceived: 1,
    fecPercentage: 20,
    index: 0,
    lastBlock: 0,
  });
  expect(status).toEqual(payloadOf('frame FEC status'));
});

it('reads what the host says', () => {
  const read = (name: string, type: number): unknown => readHostMessage(type, payloadOf(name));
  expect(read('rumble controller', 0x010b)).toEqual({
    kind: 'rumble',
    controller: 1,
    lowFrequency: 0x1234,
    highFrequency: 0xffff,
  });
  expect(read('set motion', 0x5501)).toEqual({
    kind: 'motion',
    controller: 0,
    rate: 100,
    sensor: 2,
  });
  expect(read('set RGB', 0x5502)).toEqual({ kind: 'led', controller: 0, rgb: [16, 32, 48] });
  expect(read('termination', 0x0109)).toEqual({ kind: 'termination', code: 0x80030023 });
  expect(read('HDR mode on', 0x010e)).toMatchObject({ kind: 'hdr', enabled: true });
  expect(readHostMessage(0x0109, Buffer.alloc(3))).toBeTypeOf('string');
  expect(readHostMessage(0x7777, Buffer.alloc(3))).toEqual({ kind: 'unknown', type: 0x7777 });
});
