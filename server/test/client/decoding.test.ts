import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { decodeOpus } from '../../src/client/audio/opus-decoder.ts';
import { measureTone } from '../../src/client/audio/tone.ts';
import { PictureDecoder, type DecodedPicture } from '../../src/client/decode/picture-decoder.ts';
import { readPatternStrip, stripHeight } from '../../src/client/decode/pattern-strip.ts';
import { inspectAccessUnit } from '../../src/client/video/access-unit.ts';
import { splitAnnexB } from '../../src/client/video/annex-b.ts';
import { parseSequenceParameters } from '../../src/client/video/sequence-parameters.ts';

function ffmpeg(args: readonly string[], input?: Buffer): Buffer {
  const run = spawnSync('ffmpeg', ['-hide_banner', '-loglevel', 'error', ...args], {
    ...(input && { input }),
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(run.stderr.toString());
  return run.stdout;
}

/** Packets of an Ogg file with one packet a page, the two headers left out. */
function opusPacketsOf(ogg: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at < ogg.length;) {
    const segments = ogg.subarray(at + 27, at + 27 + ogg[at + 26]!);
    let start = at + 27 + segments.length;
    let length = 0;
    for (const lace of segments) {
      length += lace;
      if (lace === 255) continue;
      packets.push(ogg.subarray(start, start + length));
      start += length;
      length = 0;
    }
    at = start;
  }
  return packets.slice(2);
}

describe('sound', () => {
  it('comes out of Opus with the tone of each channel in its place', async () => {
    const tones = [300, 400, 500, 600, 700, 800];
    const expressions = tones.map((hz) => `0.2*sin(2*PI*${hz}*t)`).join('|');
    const ogg = ffmpeg([
      // prettier-ignore
      ...['-f', 'lavfi', '-i', `aevalsrc=${expressions}:s=48000:d=1`, '-c:a', 'libopus', '-b:a', '512k'],
      // prettier-ignore
      ...['-vbr', 'off', '-mapping_family', '255', '-frame_duration', '5', '-application', 'lowdelay', '-page_duration', '5000', '-f', 'ogg', 'pipe:1'],
    ]);
    const layout = { channels: 6, streams: 6, coupledStreams: 0, mapping: [0, 1, 2, 3, 4, 5] };
    const channels = await decodeOpus(opusPacketsOf(ogg), layout, 5);
    channels.forEach((samples, c) => {
      const tone = measureTone(samples.subarray(9600, 43_200));
      expect(tone.frequency).toBeCloseTo(tones[c]!, 0);
      expect(tone.amplitude).toBeCloseTo(0.2, 1);
      expect(tone.rest).toBeLessThan(0.02);
    });
    const swapped = { ...layout, mapping: [1, 0, 2, 3, 4, 5] };
    const [first] = await decodeOpus(opusPacketsOf(ogg), swapped, 5);
    expect(measureTone(first!.subarray(9600, 43_200)).frequency).toBeCloseTo(400, 0);
  });

  it('says when packets are not Opus, and what silence is', async () => {
    const layout = { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1] };
    await expect(decodeOpus([Buffer.from('fbffffffff', 'hex')], layout, 5)).rejects.toThrow(
      'ffmpeg',
    );
    expect(measureTone(new Float32Array(4800))).toEqual({ amplitude: 0, rest: 0 });
  });
});

const WIDTH = 640;
const HEIGHT = 360;

function crc16(bytes: Uint8Array): number {
  return bytes.reduce((crc, byte) => {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    return crc & 0xffff;
  }, 0xffff);
}

/** The strip of docs/3-reference/test-pattern.md over grey. */
function drawStrip(counter: number, microseconds: bigint): Buffer {
  const stamp = Buffer.alloc(16);
  stamp.writeUInt32BE(counter, 4);
  stamp.writeBigUInt64BE(microseconds, 8);
  stamp.writeUInt16BE(0xa5c3, 0);
  stamp.writeUInt16BE(crc16(stamp.subarray(4)), 2);
  const luma = Buffer.alloc(WIDTH * HEIGHT, 100 + (counter % 50));
  for (let y = 0; y < stripHeight(HEIGHT); y++) {
    const row = Math.floor((y * 30) / HEIGHT);
    for (let x = 0; x < WIDTH; x++) {
      const column = Math.floor((x * 32) / WIDTH);
      luma[y * WIDTH + x] = (stamp[row * 4 + (column >> 3)]! << (column & 7)) & 0x80 ? 235 : 16;
    }
  }
  return luma;
}

/** The pictures as another encoder makes them, one access or temporal unit each, without a frame of delay. */
function encodedAs(codec: 'hevc' | 'av1', bitDepth: 8 | 10, pictures: Buffer): Buffer[] {
  const encoder = {
    // prettier-ignore
    hevc: ['libx265', '-preset', 'ultrafast', '-tune', 'zerolatency', '-x265-params',
      'bframes=0:keyint=-1:aud=1:repeat-headers=1:info=0:log-level=none', '-f', 'hevc'],
    // prettier-ignore
    av1: ['libaom-av1', '-usage', 'realtime', '-cpu-used', '8', '-lag-in-frames', '0', '-g', '999',
      '-b:v', '2M', '-f', 'obu'],
  }[codec];
  const stream = ffmpeg(
    // prettier-ignore
    ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${WIDTH}x${HEIGHT}`, '-r', '60', '-i', 'pipe:0',
      '-frames:v', '6', '-pix_fmt', bitDepth === 10 ? 'yuv420p10le' : 'yuv420p', '-c:v', ...encoder, 'pipe:1'],
    pictures,
  );
  const starts = codec === 'av1' ? delimitersOf(stream) : accessUnitDelimitersOf(stream);
  return starts.map((at, i) => stream.subarray(at, starts[i + 1]));
}

function accessUnitDelimitersOf(stream: Buffer): number[] {
  return splitAnnexB(stream)
    .filter((unit) => ((stream[unit.header]! >> 1) & 0x3f) === 35)
    .map((unit) => unit.offset);
}

/** Where the temporal units of a stream of OBUs with sizes begin. */
function delimitersOf(stream: Buffer): number[] {
  const starts: number[] = [];
  for (let at = 0; at < stream.length;) {
    if (((stream[at]! >> 3) & 15) === 2) starts.push(at);
    let size = 0;
    let next = at + 1;
    for (let shift = 0; ; shift += 7) {
      const byte = stream[next++]!;
      size += (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at = next + size;
  }
  return starts;
}

describe('pictures', () => {
  const count = 12;
  const raw = Buffer.concat(
    Array.from({ length: count }, (_, i) => drawStrip(i + 1, BigInt(i) * 16_667n + 2n ** 40n)),
  );
  const encoded = ffmpeg(
    // prettier-ignore
    ['-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${WIDTH}x${HEIGHT}`, '-r', '60', '-i', 'pipe:0',
      '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '999',
      '-x264-params', 'sliced-threads=0:slices=2:aud=1', '-f', 'h264', 'pipe:1'],
    raw,
  );
  const delimiters = splitAnnexB(encoded).filter((unit) => unit.type === 9);
  const frames = delimiters.map((unit, i) =>
    encoded.subarray(unit.offset, delimiters[i + 1]?.offset),
  );

  it('come out one for one, at once, with their strips', async () => {
    const decoder = new PictureDecoder({
      width: WIDTH,
      height: HEIGHT,
      crop: { x: 0, y: 0, width: WIDTH, height: stripHeight(HEIGHT) },
      format: 'gray',
    });
    const stamps: (number | undefined)[] = [];
    for (const [i, frame] of frames.entries()) {
      const arrived = once(decoder, 'picture') as Promise<[DecodedPicture]>;
      decoder.decode(frame, i);
      // Nothing more is fed before the picture is there: a decoder that holds one back would hang here.
      const [picture] = await arrived;
      expect(picture.frame).toBe(i);
      const stamp = readPatternStrip(picture.pixels, WIDTH, HEIGHT);
      stamps.push(stamp?.counter);
      expect(stamp?.drawnAt).toBeCloseTo((i * 16_667 + 2 ** 40) / 1000, 2);
    }
    expect(stamps).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(decoder.complaints).toBe('');
    await decoder.close();
  });

  it('have the shape that a stock client wants, and it is seen when they have not', () => {
    const [first, second] = [frames[0]!, frames[1]!];
    expect(inspectAccessUnit(2, first, 1368)).toMatchObject({ slices: 2, faults: [] });
    expect(inspectAccessUnit(1, second, 1368)).toMatchObject({ slices: 2, faults: [] });
    expect(inspectAccessUnit(1, first, 1368).faults.join()).toContain('IDR slices');
    expect(inspectAccessUnit(2, second, 1368).faults.join()).toContain('ordinary slices');
    expect(inspectAccessUnit(2, first, 40).faults.join()).toContain('behind the first packet');
    expect(
      inspectAccessUnit(1, Buffer.concat([Buffer.of(7), second]), 1368).faults.join(),
    ).toContain('start code');
  });

  it.each([
    ['HEVC', 'hevc', 8],
    ['HEVC of 10 bits', 'hevc', 10],
    ['AV1', 'av1', 8],
    ['AV1 of 10 bits', 'av1', 10],
  ] as const)('come out of %s in the same way', async (_, codec, bitDepth) => {
    const units = encodedAs(codec, bitDepth, raw).slice(0, 6);
    const decoder = new PictureDecoder({
      width: WIDTH,
      height: HEIGHT,
      crop: { x: 0, y: 0, width: WIDTH, height: stripHeight(HEIGHT) },
      format: 'gray',
      codec,
      bitDepth,
    });
    for (const [i, unit] of units.entries()) {
      expect(inspectAccessUnit(i === 0 ? 2 : 1, unit, 1368, codec).faults).toEqual([]);
      expect(inspectAccessUnit(i === 0 ? 1 : 2, unit, 1368, codec).faults).not.toEqual([]);
      const arrived = once(decoder, 'picture') as Promise<[DecodedPicture]>;
      decoder.decode(unit, i);
      const [picture] = await arrived;
      expect(readPatternStrip(picture.pixels, WIDTH, HEIGHT)?.counter).toBe(i + 1);
    }
    expect(decoder.complaints).toBe('');
    await decoder.close();
  });

  it('as planes are what was coded, two bytes a sample of 10 bits', async () => {
    const [unit] = encodedAs('hevc', 10, raw);
    const decoder = new PictureDecoder({
      width: WIDTH,
      height: HEIGHT,
      format: 'planes',
      codec: 'hevc',
      bitDepth: 10,
    });
    const arrived = once(decoder, 'picture') as Promise<[DecodedPicture]>;
    decoder.decode(unit!, 1);
    const [{ pixels }] = await arrived;
    expect(pixels).toHaveLength(WIDTH * HEIGHT * 3);
    // The strip's first cell is white, which ffmpeg brings into limited range, and grey has no colour.
    const white = 4 * (16 + (235 * 219) / 255);
    expect(Math.abs(pixels.readUInt16LE(2 * (5 * WIDTH + 10)) - white)).toBeLessThan(24);
    expect(Math.abs(pixels.readUInt16LE(2 * WIDTH * HEIGHT) - 512)).toBeLessThan(8);
    await decoder.close();
  });

  it('of AV1 that is cut off or carries another frame is seen', () => {
    const [key] = encodedAs('av1', 8, raw);
    const faults = (data: Buffer) => inspectAccessUnit(2, data, 1368, 'av1').faults.join();
    expect(faults(key!.subarray(0, -1))).toContain('longer than its frame');
    expect(faults(Buffer.concat([key!, key!]))).toContain('a delimiter stands inside');
    expect(faults(key!.subarray(0, 2))).toContain('no picture');
    expect(faults(Buffer.of(0x80, 0))).toContain('wrong header');
  });

  it('say their size and colours in the SPS', () => {
    const sps = inspectAccessUnit(2, frames[0]!, 1368).sps!;
    expect(parseSequenceParameters(sps)).toMatchObject({
      width: WIDTH,
      height: HEIGHT,
      chroma: '4:2:0',
      bitDepth: 8,
      reorderFrames: 0,
    });
  });

  it('a strip that is damaged is no strip', () => {
    const luma = drawStrip(7, 5n);
    expect(readPatternStrip(luma, WIDTH, HEIGHT)).toEqual({ counter: 7, drawnAt: 0.005 });
    const row = 1;
    for (let y = (row * HEIGHT) / 30; y < ((row + 1) * HEIGHT) / 30; y++) {
      luma.fill(235, y * WIDTH, y * WIDTH + WIDTH / 32);
    }
    expect(readPatternStrip(luma, WIDTH, HEIGHT)).toBeUndefined();
    expect(readPatternStrip(Buffer.alloc(WIDTH * HEIGHT, 128), WIDTH, HEIGHT)).toBeUndefined();
  });
});
