import dnsPacket, { type Answer } from 'dns-packet';
import { describe, expect, it } from 'vitest';

import { MAX_DATAGRAM, readDatagram } from '../../../src/gamestream/discovery/datagram.ts';

const SERVICE = '_nvstream._tcp.local';

function header(questions: number, answers = 0): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(questions, 4);
  bytes.writeUInt16BE(answers, 6);
  return bytes;
}

/** Names of one label, then pointers each to the one before: what each name costs grows with its number. */
function pointerChain(length: number): Buffer {
  const questions: Buffer[] = [Buffer.from([1, 0x61, 0, 0, 1, 0, 1])];
  for (let at = 12 + 7, target = 12; at + 6 <= length && at < 0x3fff; target = at, at += 6) {
    questions.push(Buffer.from([0xc0 | (target >> 8), target & 0xff, 0, 1, 0, 1]));
  }
  return Buffer.concat([header(Math.min(questions.length, 256)), ...questions]);
}

/** milliseconds that reading takes, the median of many */
function time(bytes: Buffer): number {
  const times = Array.from({ length: 101 }, () => {
    const began = performance.now();
    readDatagram(bytes);
    return performance.now() - began;
  });
  return times.sort((a, b) => a - b)[50]!;
}

describe('readDatagram', () => {
  it('reads what a responder looks at, as others wrote it', () => {
    const answers: Answer[] = [
      { name: SERVICE, type: 'PTR', ttl: 4500, data: `PC.${SERVICE}` },
      {
        name: `PC.${SERVICE}`,
        type: 'SRV',
        ttl: 120,
        flush: true,
        data: { priority: 1, weight: 2, port: 47989, target: 'pc.local' },
      },
      { name: `PC.${SERVICE}`, type: 'TXT', ttl: 4500, data: [Buffer.from('a=b')] },
      { name: 'pc.local', type: 'A', ttl: 120, flush: true, data: '192.168.1.5' },
      { name: 'pc.local', type: 'AAAA', ttl: 120, data: 'fd00::5' },
      { name: 'pc.local', type: 'HINFO', ttl: 120, data: { cpu: 'X', os: 'Y' } } as Answer,
    ];
    const bytes = dnsPacket.encode({
      type: 'response',
      id: 7,
      questions: [
        { name: SERVICE, type: 'PTR' },
        { name: 'pc.local', type: 'HINFO' },
      ],
      answers,
    });
    const packet = readDatagram(bytes);
    expect(packet).toMatchObject({ id: 7, type: 'response', authorities: [], additionals: [] });
    expect(packet?.questions).toEqual([
      { name: SERVICE, type: 'PTR' },
      { name: 'pc.local', type: 'UNKNOWN_13' },
    ]);
    expect(packet?.answers).toMatchObject(answers.slice(0, 5));
    expect(packet?.answers).toHaveLength(5);
  });

  it('follows pointers, backwards only and not for ever', () => {
    const local = [5, ...Buffer.from('local'), 0];
    const pc = [2, ...Buffer.from('pc'), 0xc0, 12];
    const tail = [0, 1, 0, 1];
    const compressed = Buffer.concat([header(2), Buffer.from([...local, ...tail, ...pc, ...tail])]);
    expect(readDatagram(compressed)?.questions?.map(({ name }) => name)).toEqual([
      'local',
      'pc.local',
    ]);
    const loop = Buffer.concat([header(1), Buffer.from([0xc0, 12, ...tail])]);
    expect(readDatagram(loop)).toBeUndefined();
    const ahead = Buffer.concat([header(1), Buffer.from([0xc0, 18, ...tail, ...local])]);
    expect(readDatagram(ahead)).toBeUndefined();
    expect(readDatagram(pointerChain(9000))).toBeUndefined();
  });

  it('refuses what is too long, has too many entries, or ends early', () => {
    const question = dnsPacket.encode({
      type: 'query',
      questions: [{ name: 'a.local', type: 'A' }],
    });
    expect(readDatagram(question)).toBeDefined();
    for (let length = 0; length < question.length; length += 1) {
      expect(readDatagram(question.subarray(0, length))).toBeUndefined();
    }
    const long = Buffer.concat([question, Buffer.alloc(MAX_DATAGRAM)]);
    expect(readDatagram(long.subarray(0, MAX_DATAGRAM))).toBeDefined();
    expect(readDatagram(long.subarray(0, MAX_DATAGRAM + 1))).toBeUndefined();
    const many = Buffer.concat([header(257), Buffer.alloc(257 * 5)]);
    expect(readDatagram(many)).toBeUndefined();
  });

  it('never takes a millisecond', () => {
    const names = Buffer.concat([
      Buffer.from([63, ...Buffer.alloc(63, 0x61), 63, ...Buffer.alloc(63, 0x61), 63]),
      Buffer.alloc(63, 0x61),
      Buffer.from([0, 0, 1, 0, 1]),
    ]);
    const pointers = Array.from({ length: 255 }, () => Buffer.from([0xc0, 12, 0, 1, 0, 1]));
    const longNames = Buffer.concat([header(256), names, ...pointers]);
    expect(readDatagram(longNames)?.questions).toHaveLength(256);
    const addresses = Array.from({ length: 256 }, () =>
      Buffer.from([0, 0, 28, 0, 1, 0, 0, 0, 1, 0, 16, ...Buffer.alloc(16, 0xfd)]),
    );
    for (const worst of [
      pointerChain(9000),
      longNames,
      Buffer.concat([header(0, 256), ...addresses]),
      Buffer.concat([
        header(0, 1),
        Buffer.from([0, 0, 16, 0, 1, 0, 0, 0, 1, 0x22, 0]),
        Buffer.alloc(8704),
      ]),
    ]) {
      expect(time(worst)).toBeLessThan(1);
    }
  });
});
