import { describe, expect, it } from 'vitest';
import { AudioQueue, type AudioPacket } from '../../src/client/audio/audio-queue.ts';
import { unsealAudio } from '../../src/client/audio/audio-receiver.ts';
import { Violations } from '../../src/client/violations.ts';
import { readVectors } from './vectors.ts';

interface Vectors {
  readonly singlePayloads: readonly {
    readonly name: string;
    readonly key: string;
    readonly rikeyidUnsigned: number;
    readonly sequence: number;
    readonly opus: string;
    readonly encrypted: string;
  }[];
  readonly blocks: readonly {
    readonly name: string;
    readonly encrypted: boolean;
    readonly key: string;
    readonly rikeyid: number;
    readonly baseSequence: number;
    readonly packetDurationMs: number;
    readonly opus: readonly string[];
    readonly datagrams: readonly string[];
  }[];
}

const vectors = readVectors<Vectors>('audio');

describe.each(vectors.singlePayloads)('$name', (vector) => {
  const key = Buffer.from(vector.key, 'hex');
  const sealed = Buffer.from(vector.encrypted, 'hex');

  it('decrypts to its Opus packet', () => {
    const opus = unsealAudio(key, vector.rikeyidUnsigned, vector.sequence, sealed);
    expect(opus.toString('hex')).toBe(vector.opus);
  });

  it('does not with the sequence of another packet', () => {
    let opus = '';
    try {
      opus = unsealAudio(key, vector.rikeyidUnsigned, vector.sequence + 1, sealed).toString('hex');
    } catch {
      // Padding that does not fit is as good an answer.
    }
    expect(opus).not.toBe(vector.opus);
  });
});

describe.each(vectors.blocks)('$name', (vector) => {
  const datagrams = vector.datagrams.map((hex) => Buffer.from(hex, 'hex'));
  const key = Buffer.from(vector.key, 'hex');

  function receive(order: readonly Buffer[]): {
    packets: AudioPacket[];
    queue: AudioQueue;
    violations: Violations;
  } {
    const packets: AudioPacket[] = [];
    const violations = new Violations();
    const queue = new AudioQueue(
      vector.packetDurationMs,
      (packet) => packets.push(packet),
      violations,
    );
    order.forEach((datagram) => queue.push(datagram));
    return { packets, queue, violations };
  }

  const opusOf = (packet: AudioPacket): string | undefined =>
    packet.payload &&
    (vector.encrypted
      ? unsealAudio(key, vector.rikeyid >>> 0, packet.sequence, packet.payload)
      : packet.payload
    ).toString('hex');

  it('comes in order and its parity fits', () => {
    const { packets, violations, queue } = receive(datagrams);
    expect(packets.map(opusOf)).toEqual(vector.opus);
    expect(packets.map((packet) => packet.sequence)).toEqual(
      [0, 1, 2, 3].map((i) => (vector.baseSequence + i) & 0xffff),
    );
    expect(violations.list).toEqual([]);
    expect(queue.counters).toEqual({
      packets: 4,
      parityPackets: 2,
      recovered: 0,
      lost: 0,
      late: 0,
    });
  });

  it('survives every single loss and every pair', () => {
    for (let a = 0; a < 6; a++) {
      for (let b = a; b < 6; b++) {
        const { packets, violations, queue } = receive(
          datagrams.filter((_, i) => i !== a && i !== b),
        );
        expect(packets.map(opusOf), `without ${a} and ${b}`).toEqual(vector.opus);
        expect(queue.counters.recovered).toBe(new Set([a, b].filter((i) => i < 4)).size);
        expect(violations.list).toEqual([]);
      }
    }
  });

  it('gives up a block with three losses when the next one begins', () => {
    const next = Buffer.from(datagrams[0]!);
    next.writeUInt16BE((vector.baseSequence + 4) & 0xffff, 2);
    next.writeUInt32BE((next.readUInt32BE(4) + 4 * vector.packetDurationMs) >>> 0, 4);
    const { packets, queue } = receive([datagrams[0]!, datagrams[4]!, next]);
    expect(packets.map((packet) => packet.payload !== undefined)).toEqual([
      true,
      false,
      false,
      false,
      true,
    ]);
    expect(queue.counters.lost).toBe(3);
  });

  it('names parity that does not fit, and payloads of unequal length', () => {
    const broken = Buffer.from(datagrams[5]!);
    broken[30]! ^= 1;
    expect(receive([...datagrams.slice(0, 5), broken]).violations.list.join()).toContain(
      'does not fit',
    );
    const short = datagrams[1]!.subarray(0, -16);
    expect(receive([datagrams[0]!, short]).violations.list.join()).toContain('bytes');
  });
});
