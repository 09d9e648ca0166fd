import { describe, expect, it } from 'vitest';

import { parseAnnounce } from '../../../src/gamestream/rtsp/announce.ts';
import { frameRate } from '../../../src/gamestream/rtsp/frame-rate.ts';
import { parseRequest } from '../../../src/gamestream/rtsp/message.ts';
import {
  AnnounceRefused,
  negotiate,
  type NegotiationLimits,
} from '../../../src/gamestream/rtsp/negotiation.ts';
import { MOST_SLICES } from '../../../src/gamestream/stream-config.ts';
import { sdpSamples } from './vectors.ts';

const EVERYTHING = 0x7f0301;
const H264_ONLY = 0x40001;

function request(name: string) {
  const sample = sdpSamples.find((one) => one.name === name)!;
  const parsed = parseRequest(Buffer.from(sample.announceRequest, 'latin1'));
  if (parsed.kind !== 'request') throw new Error(name);
  return parsed.request;
}

function config(name: string, codecModes = EVERYTHING, surroundParams?: string) {
  const { body, headers } = request(name);
  return negotiate(parseAnnounce(body), {
    codecModes,
    channels: 2,
    hostHeader: headers.get('host')!,
    ...(surroundParams ? { surroundParams } : {}),
  });
}

function wish(lines: Record<string, string | number>, limits: Partial<NegotiationLimits> = {}) {
  const body = Object.entries(lines).map(([name, value]) => `a=${name}:${value} \r\n`);
  return negotiate(parseAnnounce(body.join('')), {
    codecModes: EVERYTHING,
    channels: 2,
    hostHeader: '192.0.2.1',
    ...limits,
  });
}

describe('the ANNOUNCE map', () => {
  it.each(sdpSamples.map((sample) => [sample.name, sample] as const))('of %s', (name, sample) => {
    expect(parseAnnounce(request(name).body).toRecord()).toEqual(sample.expectedAttributes);
  });
});

describe('negotiation of what stock clients announce', () => {
  it('H.264, stereo, everything sealed', () => {
    expect(config('h264_sdr_stereo')).toEqual({
      video: {
        codec: 'h264',
        chroma: '4:2:0',
        bitDepth: 8,
        width: 1920,
        height: 1080,
        rate: { numerator: 60000, denominator: 1001 },
        packetSize: 992,
        parity: true,
        bitrateKbps: 20000,
        slicesPerFrame: 4,
        maxReferenceFrames: 1,
        colorSpace: 'bt709',
        fullRange: false,
        minFecPackets: 2,
        sealed: true,
        dscp: false,
      },
      audio: {
        layout: { channels: 2, streams: 1, coupledStreams: 1, mapping: [0, 1], bitrate: 512_000 },
        highQuality: true,
        packetDuration: 5,
        sealed: true,
        dscp: false,
      },
      controlV2: true,
      sendsFecStatus: true,
      honoursPingPayload: true,
      adjustments: [],
    });
  });

  it('HEVC Main10 with 7.1 high quality', () => {
    const { video, audio, adjustments } = config('hevc_main10_71');
    expect(video).toMatchObject({ codec: 'hevc', bitDepth: 10, chroma: '4:2:0', packetSize: 1360 });
    expect(video.maxReferenceFrames).toBe(0);
    expect(audio.layout).toMatchObject({ channels: 8, streams: 8, coupledStreams: 0 });
    expect(audio.layout.bitrate).toBe(2_048_000);
    expect(adjustments).toEqual([]);
  });

  it('AV1 10-bit 4:4:4, and normal stereo by Host 0.0.0.0', () => {
    const { video, audio } = config('av1_high10_444_lowbitrate');
    expect(video).toMatchObject({ codec: 'av1', bitDepth: 10, chroma: '4:4:4', bitrateKbps: 8000 });
    expect(audio.highQuality).toBe(false);
    expect(audio.layout.bitrate).toBe(96_000);
  });

  it('no encryption but the control stream', () => {
    const { video, audio, controlV2 } = config('h264_noencryption');
    expect([video.sealed, audio.sealed, controlV2]).toEqual([false, false, true]);
  });

  it('5.1 high quality, and a layout of the client’s own', () => {
    expect(config('h264_51_hq').audio.layout).toMatchObject({ channels: 6, streams: 6 });
    expect(config('h264_51_hq', EVERYTHING, '642014523').audio.layout).toEqual({
      channels: 6,
      streams: 4,
      coupledStreams: 2,
      mapping: [0, 1, 4, 5, 2, 3],
      bitrate: 1_536_000,
    });
    // The launch asked for 5.1, ANNOUNCE for 7.1: the standard layout counts.
    expect(config('hevc_main10_71', EVERYTHING, '642014523').audio.layout.streams).toBe(8);
  });
});

describe('what the host cannot do', () => {
  it('is answered with H.264, 8 bits, 4:2:0, and told', () => {
    const { video, adjustments } = config('av1_high10_444_lowbitrate', 0x1);
    expect(video).toMatchObject({ codec: 'h264', bitDepth: 8, chroma: '4:2:0' });
    expect(adjustments).toEqual([
      'AV1 cannot be encoded here; the stream is H.264.',
      'H.264 4:4:4 cannot be encoded here; the stream is 4:2:0.',
      '10 bits (HDR) cannot be encoded here; the stream has 8.',
    ]);
  });

  it('keeps 4:4:4 when only the bit depth is missing', () => {
    const { video } = config('av1_high10_444_lowbitrate', H264_ONLY);
    expect(video).toMatchObject({ codec: 'h264', bitDepth: 8, chroma: '4:4:4' });
  });

  it('a picture that is HDR is HDR10 for whoever takes 10 bits, and SDR for everybody else', () => {
    const hdr = {
      primaries: [35_400, 14_600, 8500, 39_850, 6550, 2300],
      whitePoint: [15_635, 16_450],
      ...{ maxLuminance: 1000, minLuminance: 1, maxContentLight: 1000 },
      ...{ maxFrameAverageLight: 300, maxFullFrameLuminance: 400 },
    } as const;
    const hevc = { 'x-nv-vqos[0].bitStreamFormat': 1, 'x-nv-video[0].encoderCscMode': 3 };
    const asked = { ...hevc, 'x-nv-video[0].dynamicRangeMode': 1 };
    expect(wish(asked, { hdr }).video).toMatchObject({
      ...{ bitDepth: 10, colorSpace: 'bt2020', fullRange: true, hdr },
    });
    for (const sdr of [wish(hevc, { hdr }), wish(asked), wish(asked, { hdr, codecModes: 0x101 })]) {
      expect(sdr.video).not.toHaveProperty('hdr');
      expect(sdr.video.colorSpace).toBe('bt709');
    }
  });

  it('Rec. 2020 becomes Rec. 709, which a picture that is not HDR has, in 10 bits too', () => {
    for (const dynamicRangeMode of [0, 1]) {
      const { video, adjustments } = wish({
        'x-nv-vqos[0].bitStreamFormat': 1,
        'x-nv-video[0].dynamicRangeMode': dynamicRangeMode,
        'x-nv-video[0].encoderCscMode': 5,
      });
      expect([video.bitDepth, video.colorSpace, video.fullRange]).toEqual([
        dynamicRangeMode === 1 ? 10 : 8,
        'bt709',
        true,
      ]);
      expect(adjustments).toEqual([expect.stringContaining('Rec. 709')]);
    }
  });

  it('packets smaller than announced carry no parity, which would not fit', () => {
    const announced = {
      'x-nv-video[0].packetSize': 1392,
      'x-nv-vqos[0].fec.minRequiredFecPackets': 2,
    };
    const { video, adjustments } = wish(announced, { packetSize: 1200 });
    expect(video).toMatchObject({ packetSize: 1200, parity: false, minFecPackets: 0 });
    expect(adjustments).toEqual([
      expect.stringMatching(/^Packets of 1392 bytes .* has 1200, .*no parity/),
    ]);
    expect(wish(announced, { packetSize: 1199 }).video.packetSize).toBe(1184);
    for (const packetSize of [1392, 8000]) {
      expect(wish(announced, { packetSize })).toMatchObject({
        video: { packetSize: 1392, parity: true, minFecPackets: 2 },
        adjustments: [],
      });
    }
  });

  it('a packet size that no datagram can have is refused', () => {
    expect(() => wish({ 'x-nv-video[0].packetSize': 16 })).toThrow(AnnounceRefused);
    expect(() => wish({ 'x-nv-video[0].packetSize': 70_000 })).toThrow(AnnounceRefused);
  });

  it('a picture of odd size is made even, one that no encoder makes is refused with a sentence', () => {
    const size = (width: number, height: number): ReturnType<typeof wish> =>
      wish({
        'x-nv-video[0].clientViewportWd': width,
        'x-nv-video[0].clientViewportHt': height,
      });
    const odd = size(1921, 8);
    expect([odd.video.width, odd.video.height]).toEqual([1920, 64]);
    expect(odd.adjustments).toHaveLength(1);
    // 8K, and the largest square of 139,264 macroblocks.
    for (const [width, height] of [
      [7680, 4320],
      [8192, 4352],
      [5968, 5968],
    ] as const) {
      expect(size(width, height).video).toMatchObject({ width, height });
    }
    for (const [width, height] of [
      [10_000, 10_000],
      [8194, 64],
      [8192, 4368],
      [1920, 1e6],
    ] as const) {
      expect(() => size(width, height)).toThrow(
        /^A picture of .* is larger than video codecs allow/,
      );
    }
  });

  it('no frame rate is a usual one, not one frame a second', () => {
    expect(wish({ 'x-nv-video[0].maxFPS': 0 }).video.rate).toEqual({
      numerator: 60,
      denominator: 1,
    });
    const fast = wish({ 'x-nv-video[0].maxFPS': 1000 });
    expect(fast.video.rate.numerator).toBe(360);
    expect(fast.adjustments).toHaveLength(1);
  });

  it('high-quality surround in 10 ms packets is cut to what a datagram holds', () => {
    const { audio, adjustments } = wish({
      'x-nv-audio.surround.numChannels': 8,
      'x-nv-audio.surround.AudioQuality': 1,
      'x-nv-aqos.packetDuration': 10,
    });
    expect((audio.layout.bitrate * 10) / 8000).toBeLessThanOrEqual(1400 - 12 - 16);
    expect(adjustments).toHaveLength(1);
  });
});

describe('what goes too far is cut down, and told', () => {
  it.each([
    [2_000_000, undefined, 2_000_000, undefined],
    [2_000_001, undefined, 2_000_000, /^2000001 kbit.* 2000000 kbit\/s\.$/],
    [
      900_000,
      { kbps: 800_000, from: 'set' },
      800_000,
      /has 800000 kbit\/s, .*--link-kbps allows\.$/,
    ],
    [800_000, { kbps: 800_000, from: 'set' }, 800_000, undefined],
    [10_000, { kbps: 100, from: 'set' }, 500, /the stream has 500 kbit\/s/],
    [
      50_000,
      { kbps: 24_000, from: 'measured' },
      24_000,
      /has 24000 kbit\/s, which is what a speed test from this address found\.$/,
    ],
    [20_000, { kbps: 24_000, from: 'measured' }, 20_000, undefined],
  ] as const)('%s kbit/s over a link of %j: %s', (wanted, link, given, told) => {
    const { video, adjustments } = wish(
      { 'x-ml-video.configuredBitrateKbps': wanted },
      { ...(link && { link }) },
    );
    expect(video.bitrateKbps).toBe(given);
    expect(adjustments).toEqual(told ? [expect.stringMatching(told)] : []);
  });

  it('slices a frame', () => {
    const slices = (wanted: number) => wish({ 'x-nv-video[0].videoEncoderSlicesPerFrame': wanted });
    expect(slices(MOST_SLICES)).toMatchObject({ video: { slicesPerFrame: 32 }, adjustments: [] });
    const { video, adjustments } = slices(255);
    expect(video.slicesPerFrame).toBe(MOST_SLICES);
    expect(adjustments).toEqual([expect.stringContaining('255 slices')]);
  });

  it('intra refresh', () => {
    expect(wish({ 'x-ss-video[0].intraRefresh': 0 }).adjustments).toEqual([]);
    expect(wish({ 'x-ss-video[0].intraRefresh': 1 }).adjustments).toEqual([
      expect.stringContaining('not supported'),
    ]);
  });
});

describe('defaults', () => {
  it('an empty ANNOUNCE gives a stream', () => {
    expect(wish({}, { channels: 6 })).toMatchObject({
      video: {
        codec: 'h264',
        width: 1280,
        height: 720,
        rate: { numerator: 60, denominator: 1 },
        packetSize: 1392,
        bitrateKbps: 10_000,
        slicesPerFrame: 1,
        maxReferenceFrames: 1,
        colorSpace: 'bt601',
        minFecPackets: 0,
        dscp: true,
      },
      audio: { layout: { channels: 6 }, sealed: false, packetDuration: 5, dscp: true },
      controlV2: false,
      sendsFecStatus: false,
      honoursPingPayload: false,
    });
  });

  it('the legacy bitrate counts when the user’s own is absent', () => {
    expect(
      wish({
        'x-ml-video.configuredBitrateKbps': 0,
        'x-nv-vqos[0].bw.maximumBitrateKbps': 8000,
      }).video.bitrateKbps,
    ).toBe(8000);
  });

  it('audio is sealed by the old feature bit alone', () => {
    expect(wish({ 'x-nv-general.featureFlags': 167 }).audio.sealed).toBe(true);
    expect(wish({ 'x-nv-general.featureFlags': 135 }).audio.sealed).toBe(false);
    expect(wish({ 'x-ss-general.encryptionEnabled': 4 }).audio.sealed).toBe(true);
  });

  it('text in place of a number is no number', () => {
    expect(wish({ 'x-nv-video[0].maxFPS': '60fps' }).video.rate.numerator).toBe(60);
    expect(wish({ 'x-nv-video[0].packetSize': '0x10' }).video.packetSize).toBe(1392);
  });
});

describe('frame rate', () => {
  it.each([
    [60, 5994, 60000, 1001],
    [24, 2398, 24000, 1001],
    [24, 2397, 24000, 1001],
    [30, 2997, 30000, 1001],
    [120, 11988, 120000, 1001],
    [60, 6000, 60, 1],
    [60, 0, 60, 1],
    [60, 5995, 1199, 20],
    [144, 14390, 1439, 10],
    [60, 4500, 60, 1],
    [59, 6000, 59, 1],
    [119, 12000, 119, 1],
    [60, 9000, 60, 1],
  ])('%i fps on a display of %i/100 Hz', (fps, refresh, numerator, denominator) => {
    expect(frameRate(fps, refresh)).toEqual({ numerator, denominator });
  });
});
