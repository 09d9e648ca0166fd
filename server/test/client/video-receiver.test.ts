import { setImmediate as soon } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { VideoFrame } from '../../src/client/video/video-frame.ts';
import { VideoReceiver } from '../../src/client/video/video-receiver.ts';
import { Violations } from '../../src/client/violations.ts';

const PACKET_SIZE = 240;
const SPS = Buffer.from('0000000167', 'hex');
const PPS = Buffer.from('0000000168ce', 'hex');
const IDR = Buffer.from('000000016588', 'hex');
const P = Buffer.from('000000014188', 'hex');

/** A frame of one packet without parity. */
function datagram(index: number, type: number, data: Buffer): Buffer {
  const packet = Buffer.alloc(PACKET_SIZE + 16);
  packet[0] = 0x90;
  packet.writeUInt16BE(index, 2);
  packet.writeUInt32BE(1500 * index, 4);
  packet.writeUInt32LE(index << 8, 16);
  packet.writeUInt32LE(index, 20);
  packet.set([7, 0, 0x10, 0], 24);
  packet.writeUInt32LE((1 << 22) >>> 0, 28);
  packet.set([1, 50, 0, type], 32);
  packet.writeUInt16LE(8 + data.length, 36);
  data.copy(packet, 40);
  return packet;
}

function receiver(): { video: VideoReceiver; violations: Violations } {
  const violations = new Violations();
  const video = new VideoReceiver(
    { host: '127.0.0.1', port: 9, packetSize: PACKET_SIZE, recovery: 'keyframe' },
    violations,
  );
  return { video, violations };
}

it('keeps the first frames for whoever listens a little later', async () => {
  const { video, violations } = receiver();
  video.receive(datagram(1, 2, Buffer.concat([SPS, PPS, IDR])), 1);
  video.receive(datagram(2, 1, P), 2);
  const frames: VideoFrame[] = [];
  video.on('frame', (frame) => frames.push(frame));
  await soon();
  video.receive(datagram(3, 1, P), 3);
  expect(frames.map((frame) => frame.index)).toEqual([1, 2, 3]);
  expect(frames[0]).toMatchObject({ keyframe: true, hostLatency: 5, slices: 1, firstPacketAt: 1 });
  expect(frames[1]!.data).toEqual(P);
  expect(violations.list).toEqual([]);
});

it('asks for a keyframe after a loss and drops what comes before it', () => {
  const { video } = receiver();
  let wanted = 0;
  const frames: number[] = [];
  video.on('keyframeWanted', () => wanted++);
  video.on('frame', (frame) => frames.push(frame.index));
  video.receive(datagram(1, 2, Buffer.concat([SPS, PPS, IDR])), 1);
  video.receive(datagram(3, 1, P), 3);
  video.receive(datagram(4, 2, Buffer.concat([SPS, PPS, IDR])), 4);
  expect(wanted).toBe(1);
  expect(frames).toEqual([1, 4]);
  expect(video.statistics()).toMatchObject({
    frames: 3,
    lostFrames: 1,
    droppedFrames: 1,
    keyframes: 2,
  });
});

it.each([
  ['a first frame that is no IDR', [datagram(1, 1, P)], 'no IDR'],
  ['an IDR without parameter sets', [datagram(1, 2, IDR)], 'SPS'],
  ['a frame without a slice', [datagram(1, 2, Buffer.concat([SPS, PPS]))], 'no slice'],
  [
    'a timestamp that goes back',
    [datagram(2, 2, Buffer.concat([SPS, PPS, IDR])), datagram(3, 1, P)].map((bytes, i) => {
      bytes.writeUInt32BE(i === 0 ? 9000 : 100, 4);
      return bytes;
    }),
    'goes back',
  ],
])('names %s', (_, datagrams, sentence) => {
  const { video, violations } = receiver();
  datagrams.forEach((bytes, i) => video.receive(bytes, i));
  expect(violations.list.join()).toContain(sentence);
});
