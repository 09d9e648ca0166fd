import dgram from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NetworkImpairment } from '../../src/native/receiver-addon.ts';
import type { VideoFrame } from '../../src/client/video/video-frame.ts';
import { VideoReceiver, type VideoReceiverOptions } from '../../src/client/video/video-receiver.ts';
import { Violations } from '../../src/client/violations.ts';
import { readVectors } from './vectors.ts';

const PACKET_SIZE = 240;
const SPS = Buffer.from('0000000167', 'hex');
const PPS = Buffer.from('0000000168ce', 'hex');
const IDR = Buffer.from('000000016588', 'hex');
const P = Buffer.from('000000014188', 'hex');

/** A frame of one packet without parity. */
function datagram(index: number, type: number, data: Buffer): Buffer {
  const packet = Buffer.alloc(PACKET_SIZE + 16);
  packet[0] = 0x90;
  packet.writeUInt16BE(index & 0xffff, 2);
  packet.writeUInt32BE(1500 * index, 4);
  packet.writeUInt32LE((index << 8) >>> 0, 16);
  packet.writeUInt32LE(index, 20);
  packet.set([7, 0, 0x10, 0], 24);
  packet.writeUInt32LE((1 << 22) >>> 0, 28);
  packet.set([1, 50, 0, type], 32);
  packet.writeUInt16LE(8 + data.length, 36);
  data.copy(packet, 40);
  return packet;
}

/** The host's end: a socket that sends to whoever pinged it. */
let host: dgram.Socket;
let video: VideoReceiver;
let violations: Violations;
beforeEach(async () => {
  host = dgram.createSocket('udp4');
  host.bind(0, '127.0.0.1');
  await once(host, 'listening');
});
afterEach(async () => {
  await video.close();
  host.close();
});

async function open(options: Partial<VideoReceiverOptions> = {}): Promise<Buffer> {
  violations = new Violations();
  const { port } = host.address() as AddressInfo;
  video = new VideoReceiver(
    { host: '127.0.0.1', port, packetSize: PACKET_SIZE, recovery: 'keyframe', ...options },
    violations,
  );
  const pinged = once(host, 'message') as Promise<[Buffer, dgram.RemoteInfo]>;
  video.open();
  const [ping, from] = await pinged;
  expect(from.port).toBe(video.localPort);
  return ping;
}

function send(...datagrams: Buffer[]): void {
  for (const bytes of datagrams) host.send(bytes, video.localPort, '127.0.0.1');
}

/**
 * Until the receiver has read `count` datagrams, and what it tells of them, a moment later, is as the test says; what
 * it must not tell has that moment too.
 */
async function received(count: number, told: () => void = () => undefined): Promise<void> {
  while (video.statistics().datagrams < count) await sleep(2);
  await sleep(20);
  await vi.waitFor(told, { timeout: 10_000, interval: 10 });
}

it('pings at once and again, with the payload that the host gave', async () => {
  const ping = await open({ pingPayload: '0123456789ABCDEF' });
  expect(ping.toString('latin1', 0, 16)).toBe('0123456789ABCDEF');
  expect(ping.readUInt32BE(16)).toBe(1);
  const [again] = (await once(host, 'message')) as [Buffer];
  expect(again.readUInt32BE(16)).toBe(2);
  await video.close();
  expect((await open()).toString()).toBe('PING');
});

it('keeps the first frames for whoever listens a little later', async () => {
  await open();
  send(datagram(1, 2, Buffer.concat([SPS, PPS, IDR])), datagram(2, 1, P));
  await received(2, () => expect(video.statistics().firstFrameAt).toBeDefined());
  const frames: VideoFrame[] = [];
  video.on('frame', (frame) => frames.push(frame));
  send(datagram(3, 1, P));
  await received(3, () => expect(frames.map((frame) => frame.index)).toEqual([1, 2, 3]));
  expect(frames[0]).toMatchObject({ keyframe: true, hostLatency: 5, slices: 1, timestamp: 1500 });
  expect(frames[0]!.sps).toEqual(SPS.subarray(4));
  expect(frames[1]!.data).toEqual(P);
  expect(frames[0]!.completedAt).toBeGreaterThanOrEqual(frames[0]!.firstPacketAt);
  expect(video.statistics().firstPacketAt).toBeLessThanOrEqual(frames[0]!.firstPacketAt);
  expect(violations.list).toEqual([]);
});

it('asks for a keyframe after a loss and drops what comes before it', async () => {
  await open();
  let wanted = 0;
  const frames: number[] = [];
  const lost: number[][] = [];
  video.on('keyframeWanted', () => wanted++);
  video.on('frame', (frame) => frames.push(frame.index));
  video.on('lost', (first, last) => lost.push([first, last]));
  send(
    datagram(1, 2, Buffer.concat([SPS, PPS, IDR])),
    datagram(3, 1, P),
    datagram(4, 2, Buffer.concat([SPS, PPS, IDR])),
  );
  await received(3, () => expect(frames).toEqual([1, 4]));
  expect(wanted).toBe(1);
  expect(lost).toEqual([[2, 2]]);
  expect(video.statistics()).toMatchObject({
    frames: 3,
    lostFrames: 1,
    droppedFrames: 1,
    keyframes: 2,
  });
});

it.each([
  ['a first frame that is no IDR', [datagram(1, 1, P)], 'no IDR'],
  ['an IDR without parameter sets', [datagram(1, 2, IDR)], 'not parameter sets'],
  ['a frame without a slice', [datagram(1, 2, Buffer.concat([SPS, PPS]))], 'no slice'],
  [
    'a timestamp that goes back',
    [datagram(1, 2, Buffer.concat([SPS, PPS, IDR])), datagram(2, 1, P)].map((bytes, i) => {
      bytes.writeUInt32BE(i === 0 ? 9000 : 100, 4);
      return bytes;
    }),
    'goes back',
  ],
  ['a packet of another size', [datagram(1, 2, P).subarray(0, 90)], 'has 90 bytes'],
  [
    'wrong flags',
    [datagram(1, 2, P)].map((bytes) => {
      bytes[24] = 1;
      return bytes;
    }),
    'frame 1 block 0 shard 0: flags 0x1, expected 0x7',
  ],
])('names %s', async (_, datagrams, sentence) => {
  await open();
  send(...datagrams);
  await received(datagrams.length, () => expect(violations.list.join()).toContain(sentence));
});

it.each([
  [0, [1, 3, 4]],
  [8, [1, 2, 3, 4]],
])('lets %i packets wait for one that was overtaken', async (reorderWindow, expected) => {
  await open({ reorderWindow });
  const frames: number[] = [];
  video.on('frame', (frame) => frames.push(frame.index));
  const idr = Buffer.concat([SPS, PPS, IDR]);
  send(...[1, 3, 2, 4].map((index) => datagram(index, 2, idr)));
  await received(4, () => expect(frames).toEqual(expected));
  expect(violations.list).toEqual([]);
});

it('counts what is longer than agreed', async () => {
  await open();
  send(Buffer.alloc(PACKET_SIZE + 17), Buffer.alloc(9000));
  await received(2);
  expect(video.statistics()).toMatchObject({ oversized: 2, packets: 0 });
});

interface Vectors {
  readonly cases: readonly {
    readonly name: string;
    readonly packetSize: number;
    readonly frames: readonly { readonly datagrams?: readonly string[] }[];
  }[];
}

describe('the small frames of the vectors', () => {
  const small = readVectors<Vectors>('video-framing').cases.find(({ name }) => name === 'small')!;
  const frames = small.frames.map((frame) =>
    frame.datagrams!.map((hex) => Buffer.from(hex, 'hex')),
  );

  it('tell of a block that needed parity as a stock client does', async () => {
    await open({ packetSize: small.packetSize });
    const damaged: unknown[] = [];
    video.on('damaged', (block) => damaged.push(block));
    send(...frames[0]!.slice(1));
    await received(5, () =>
      expect(damaged).toEqual([
        expect.objectContaining({
          frameIndex: 1,
          index: 0,
          lastBlock: 0,
          dataShards: 4,
          parityShards: 2,
          fecPercentage: 50,
          dataReceived: 3,
          parityReceived: 1,
          missingBeforeHighest: 1,
          highestSequence: 4,
          nextContiguousSequence: 0,
        }),
      ]),
    );
    expect(video.statistics()).toMatchObject({ recoveredShards: 1, recoveredBlocks: 1 });
  });

  it('do not open when the plane is sealed and they are not', async () => {
    await open({ packetSize: small.packetSize, key: Buffer.alloc(16, 7) });
    send(frames[0]![0]!);
    await received(1, () => expect(violations.list.join()).toContain('does not open'));
    expect(video.statistics()).toMatchObject({ unopened: 1, packets: 0 });
  });
});

describe('a bad network', () => {
  const sent = Array.from({ length: 400 }, (_, i) =>
    datagram(i + 1, i === 0 ? 2 : 1, i === 0 ? Buffer.concat([SPS, PPS, IDR]) : P),
  );

  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

  async function run(loss: NetworkImpairment): Promise<ReturnType<VideoReceiver['statistics']>> {
    await open({ loss });
    for (let at = 0; at < sent.length; at += 50) {
      send(...sent.slice(at, at + 50));
      await received(at + 50);
    }
    return video.statistics();
  }

  it('loses the same packets in every run with the same seed', async () => {
    const lost: [number, number][][] = [];
    for (const seed of [3, 3, 4]) {
      const ranges: [number, number][] = [];
      lost.push(ranges);
      await open({ loss: { percentage: 10, burst: 2, seed } });
      video.on('lost', (first, last) => ranges.push([first, last]));
      send(...sent.slice(0, 200));
      await received(200, () =>
        expect(sum(ranges.map(([first, last]) => last - first + 1))).toBe(
          video.statistics().lostFrames,
        ),
      );
      await video.close();
    }
    expect(lost[0]!.length).toBeGreaterThan(2);
    expect(lost[1]).toEqual(lost[0]);
    expect(lost[2]).not.toEqual(lost[0]);
  });

  it('doubles and reorders packets, which is no fault of the host', async () => {
    const statistics = await run({ duplicate: 10, reorder: 5, seed: 2 });
    expect(statistics.injectedDuplicates).toBeGreaterThan(20);
    expect(statistics.injectedReorders).toBeGreaterThan(8);
    expect(statistics.duplicates).toBe(statistics.injectedDuplicates);
    expect(statistics.outOfOrder).toBeGreaterThan(0);
    expect(violations.list).toEqual([]);
  });

  it('lets nothing pass in a blackout', async () => {
    const statistics = await run({ blackout: { afterMs: 0, durationMs: 600_000 } });
    expect(statistics).toMatchObject({ injectedLosses: 400, packets: 0 });
  });
});

it('refuses options that cannot be', async () => {
  await open();
  const opening = (options: object): (() => void) => {
    const other = new VideoReceiver(
      { host: '127.0.0.1', port: 9, packetSize: 240, recovery: 'keyframe', ...options },
      violations,
    );
    return () => other.open();
  };
  expect(opening({ host: 'localhost' })).toThrow('no numeric address');
  expect(opening({ packetSize: 10 })).toThrow('packetSize');
  expect(opening({ key: Buffer.alloc(15) })).toThrow('16 bytes');
  expect(opening({ pingPayload: 'short' })).toThrow('16 characters');
  expect(opening({ loss: { percentage: 101 } })).toThrow('percentage');
});
