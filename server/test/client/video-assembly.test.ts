import { describe, expect, it } from 'vitest';
import { parseFrameHeader } from '../../src/client/video/access-unit.ts';
import { FrameAssembler, type AssembledFrame } from '../../src/client/video/frame-assembler.ts';
import { parseVideoPacket } from '../../src/client/video/packet.ts';
import { Violations } from '../../src/client/violations.ts';
import { generate, readVectors, sha256 } from './vectors.ts';

interface Block {
  readonly block: number;
  readonly dataShards: number;
  readonly parityShards: number;
  readonly firstSequence: number;
}
interface Frame {
  readonly frameIndex: number;
  readonly frameType: number;
  readonly latencyTenthsOfMs: number;
  readonly rtpTimestamp: number;
  readonly payloadSeed: number;
  readonly payloadBytes: number;
  readonly payloadSha256: string;
  readonly lastPayloadLen: number;
  readonly blocks: readonly Block[];
  readonly datagrams?: readonly string[];
}
interface Vectors {
  readonly cases: readonly {
    readonly name: string;
    readonly packetSize: number;
    readonly frames: readonly Frame[];
  }[];
}

const { cases } = readVectors<Vectors>('video-framing');
const small = cases.find((vector) => vector.name === 'small')!;

interface Run {
  readonly frames: AssembledFrame[];
  readonly lost: [number, number][];
  readonly damaged: number[];
  readonly violations: Violations;
  readonly assembler: FrameAssembler;
}

function receive(datagrams: readonly Buffer[], packetSize: number): Run {
  const run = {
    frames: [] as AssembledFrame[],
    lost: [] as [number, number][],
    damaged: [] as number[],
    violations: new Violations(),
  };
  const assembler = new FrameAssembler(
    {
      frame: (frame) => run.frames.push(frame),
      lost: (first, last) => run.lost.push([first, last]),
      damaged: (block) => run.damaged.push(block.frameIndex),
    },
    run.violations,
  );
  datagrams.forEach((datagram, i) => {
    const packet = parseVideoPacket(datagram, packetSize);
    if (typeof packet === 'string') run.violations.report(packet);
    else assembler.push(packet, i);
  });
  return { ...run, assembler };
}

function contentOf(frame: AssembledFrame): { type: number; latency?: number; bytes: Buffer } {
  const header = parseFrameHeader(frame.payloads[0]!);
  if (typeof header === 'string') throw new Error(header);
  const whole = Buffer.concat(frame.payloads);
  const end = whole.length - frame.payloads[0]!.length + header.lastPayloadLength;
  return {
    type: header.type,
    bytes: whole.subarray(8, end),
    ...(header.hostLatency !== undefined && { latency: header.hostLatency }),
  };
}

const datagramsOf = (frame: Frame): Buffer[] =>
  frame.datagrams!.map((hex) => Buffer.from(hex, 'hex'));

describe('the small frames of the vectors', () => {
  const all = small.frames.flatMap(datagramsOf);

  it('come back whole, without a violation', () => {
    const run = receive(all, small.packetSize);
    expect(run.violations.list).toEqual([]);
    expect(run.frames).toHaveLength(small.frames.length);
    run.frames.forEach((frame, i) => {
      const vector = small.frames[i]!;
      const content = contentOf(frame);
      expect(sha256(content.bytes)).toBe(vector.payloadSha256);
      expect(content.bytes.equals(generate(vector.payloadSeed, vector.payloadBytes))).toBe(true);
      expect(content.type).toBe(vector.frameType);
      expect(content.latency ?? 0).toBeCloseTo(vector.latencyTenthsOfMs / 10);
      expect(frame.timestamp).toBe(vector.rtpTimestamp);
      expect(frame.index).toBe(vector.frameIndex);
    });
    expect(run.assembler.counters.lostFrames).toBe(0);
  });

  it('come back with every loss that parity covers', () => {
    small.frames.forEach((vector, f) => {
      const block = vector.blocks[0]!;
      const datagrams = datagramsOf(vector);
      const count = datagrams.length;
      const before = small.frames.slice(0, f).flatMap(datagramsOf);
      for (let a = 0; a < count; a++) {
        for (let b = a; b < count; b++) {
          const left = datagrams.filter((_, i) => i !== a && i !== b);
          const run = receive([...before, ...left], small.packetSize);
          expect(run.violations.list).toEqual([]);
          expect(run.lost).toEqual([]);
          expect(
            contentOf(run.frames[f]!).bytes.equals(
              generate(vector.payloadSeed, vector.payloadBytes),
            ),
          ).toBe(true);
          const dataGone = new Set([a, b].filter((i) => i < block.dataShards)).size;
          expect(run.assembler.counters.recoveredShards).toBe(dataGone);
        }
      }
    });
  });

  it('in any order inside a block', () => {
    const reversed = small.frames.flatMap((frame) => datagramsOf(frame).reverse());
    const run = receive(reversed, small.packetSize);
    expect(run.frames.map((frame) => frame.index)).toEqual([1, 2, 3, 4]);
    expect(run.violations.list).toEqual([]);
    expect(run.assembler.counters.outOfOrder).toBeGreaterThan(0);
  });

  it('one shard too many: the frame is lost, said once, and the next one comes', () => {
    const left = small.frames.flatMap((frame) =>
      frame.frameIndex === 4 ? [] : datagramsOf(frame).slice(frame.frameIndex === 1 ? 3 : 0),
    );
    const run = receive(left, small.packetSize);
    expect(run.lost).toEqual([[1, 1]]);
    expect(run.frames.map((frame) => frame.index)).toEqual([2, 3]);
    expect(run.assembler.counters).toMatchObject({ lostFrames: 1, lostBlocks: 1 });
    expect(run.damaged).toEqual([1]);
  });

  it('whole frames that never came count as lost', () => {
    const run = receive(
      [0, 3].flatMap((i) => datagramsOf(small.frames[i]!)),
      small.packetSize,
    );
    expect(run.lost).toEqual([[2, 3]]);
    expect(run.assembler.counters).toMatchObject({ lostFrames: 2, missingPackets: 6 });
  });

  it.each([
    ['parity that does not fit', 4, 40, 'does not fit the data'],
    ['a middle packet flagged as the end', 1, 24, 'flags 0x'],
    ['a packet index of another packet', 1, 17, 'stream packet index'],
    ['a timestamp that changes inside the frame', 1, 7, 'timestamp changes'],
    ['reserved fecInfo bits', 1, 28, 'fecInfo'],
    ['another RTP version', 1, 0, '0x'],
  ])('%s is a violation', (_, packet, offset, sentence) => {
    const datagrams = datagramsOf(small.frames[0]!).map((datagram) => Buffer.from(datagram));
    datagrams[packet]![offset]! ^= 0x02;
    // Frame 1 checks its parity shard 1 % 2; damage that one.
    if (packet === 4) datagrams[5]![offset]! ^= 0x02;
    expect(receive(datagrams, small.packetSize).violations.list.join()).toContain(sentence);
  });

  it('a block that overlaps the one before is a violation', () => {
    const datagrams = small.frames.slice(0, 2).flatMap(datagramsOf);
    const second = datagrams.slice(6).map((datagram) => {
      const moved = Buffer.from(datagram);
      moved.writeUInt16BE(datagram.readUInt16BE(2) - 1, 2);
      return moved;
    });
    const run = receive([...datagrams.slice(0, 6), ...second], small.packetSize);
    expect(run.violations.list.join()).toMatch(/stream packet index|the block before reaches/);
  });

  it('a packet of another size is a violation', () => {
    const run = receive([datagramsOf(small.frames[0]!)[0]!.subarray(0, 90)], small.packetSize);
    expect(run.violations.list).toEqual(['a video packet has 90 bytes, announced were 96']);
  });
});

describe('frames of several blocks', () => {
  const P = 80;
  const pay = P - 16;

  /** Cuts like a host does, without parity: enough for what happens between blocks. */
  function cut(index: number, bytes: number, perBlock: number, sequence: number): Buffer[] {
    const stream = Buffer.concat([Buffer.of(1, 0, 0, 1, 0, 0, 0, 0), generate(index, bytes)]);
    stream.writeUInt16LE(((stream.length - 1) % pay) + 1, 4);
    const shards = Math.ceil(stream.length / pay);
    const blocks = Math.ceil(shards / perBlock);
    return Array.from({ length: shards }, (_, i) => {
      const block = Math.floor(i / perBlock);
      const k = block === blocks - 1 ? shards - block * perBlock : perBlock;
      const at = i % perBlock;
      const packet = Buffer.alloc(P + 16);
      packet[0] = 0x90;
      packet.writeUInt16BE((sequence + i) & 0xffff, 2);
      packet.writeUInt32LE(((sequence + i) << 8) >>> 0, 16);
      packet.writeUInt32LE(index, 20);
      packet[24] = 1 | (at === 0 ? 4 : 0) | (at === k - 1 ? 2 : 0);
      packet[26] = 0x10;
      packet[27] = ((blocks - 1) << 6) | (block << 4);
      packet.writeUInt32LE(((k << 22) | (at << 12)) >>> 0, 28);
      stream.copy(packet, 32, i * pay, (i + 1) * pay);
      return packet;
    });
  }

  it('are joined, also over the sequence wrap', () => {
    const run = receive([...cut(1, 700, 4, 65530), ...cut(2, 700, 4, 65542)], P);
    expect(run.violations.list).toEqual([]);
    expect(run.frames.map((frame) => frame.blocks)).toEqual([3, 3]);
    expect(contentOf(run.frames[1]!).bytes.equals(generate(2, 700))).toBe(true);
  });

  it('are lost with any of their blocks', () => {
    for (const gone of [0, 5, 11]) {
      const first = cut(1, 700, 4, 0).filter((_, i) => i !== gone);
      const run = receive([...first, ...cut(2, 100, 4, 12)], P);
      expect(run.lost).toEqual([[1, 1]]);
      expect(run.frames.map((frame) => frame.index)).toEqual([2]);
      expect(run.violations.list).toEqual([]);
    }
  });
});
