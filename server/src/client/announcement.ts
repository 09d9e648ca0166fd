import type { Codec } from '../gamestream/stream-config.ts';

/** What a client wants of a stream; the rest of ANNOUNCE is constant or follows from these. */
export interface StreamWish {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** Hz × 100, 0 unknown */
  readonly refreshRateX100: number;
  /** the user's setting */
  readonly bitrateKbps: number;
  /** already less 32 for sealed video */
  readonly packetSize: number;
  readonly codec: Codec;
  /** 10 bits, HDR where the host's source is */
  readonly tenBit: boolean;
  readonly chroma444: boolean;
  readonly slices: number;
  /** 0: several and invalidation; 1: one */
  readonly referenceFrames: 0 | 1;
  /** (colour space << 1) | full range */
  readonly cscMode: number;
  /** 1 control v2, 2 video, 4 audio */
  readonly encryption: number;
  /** said a second time by a flag of its own (protocol 1 §3.8, the trap) */
  readonly sealedAudio: boolean;
  readonly channels: 2 | 6 | 8;
  readonly highQualitySurround: boolean;
  readonly packetDuration: 5 | 10;
  /** marks for the local network */
  readonly local: boolean;
}

const CODEC_NUMBERS = { h264: 0, hevc: 1, av1: 2 } as const;
const CHANNEL_MASKS = { 2: 0x3, 6: 0x3f, 8: 0x63f } as const;

/** The attributes in the order of the stock client for a 7.1.431.-1 host (protocol 1 §3.8). */
function announcedAttributes(wish: StreamWish): [string, number][] {
  const legacy = Math.min(
    100_000,
    Math.trunc(wish.bitrateKbps * 0.8) - (!wish.local && wish.bitrateKbps > 500 ? 500 : 0),
  );
  return [
    ['x-ml-general.featureFlags', 3],
    ['x-ss-general.encryptionEnabled', wish.encryption],
    ['x-ss-video[0].chromaSamplingType', wish.chroma444 ? 1 : 0],
    ['x-nv-video[0].clientViewportWd', wish.width],
    ['x-nv-video[0].clientViewportHt', wish.height],
    ['x-nv-video[0].maxFPS', wish.fps],
    ['x-nv-video[0].packetSize', wish.packetSize],
    ['x-nv-video[0].rateControlMode', 4],
    ['x-nv-video[0].timeoutLengthMs', 7000],
    ['x-nv-video[0].framesWithInvalidRefThreshold', 0],
    ['x-nv-video[0].initialBitrateKbps', legacy],
    ['x-nv-video[0].initialPeakBitrateKbps', legacy],
    ['x-nv-vqos[0].bw.minimumBitrateKbps', legacy],
    ['x-nv-vqos[0].bw.maximumBitrateKbps', legacy],
    ['x-ml-video.configuredBitrateKbps', wish.bitrateKbps],
    ['x-nv-vqos[0].fec.enable', 1],
    ['x-nv-vqos[0].videoQualityScoreUpdateTime', 5000],
    ['x-nv-vqos[0].qosTrafficType', wish.local ? 5 : 0],
    ['x-nv-aqos.qosTrafficType', wish.local ? 4 : 0],
    ['x-nv-general.featureFlags', wish.sealedAudio ? 167 : 135],
    ['x-nv-general.useReliableUdp', 13],
    ['x-nv-vqos[0].fec.minRequiredFecPackets', 2],
    ['x-nv-vqos[0].bllFec.enable', 0],
    ['x-nv-vqos[0].drc.enable', 0],
    ['x-nv-general.enableRecoveryMode', 0],
    ['x-nv-video[0].videoEncoderSlicesPerFrame', wish.slices],
    ...(wish.codec === 'av1'
      ? []
      : [['x-nv-clientSupportHevc', wish.codec === 'hevc' ? 1 : 0] as [string, number]]),
    ['x-nv-vqos[0].bitStreamFormat', CODEC_NUMBERS[wish.codec]],
    ['x-nv-video[0].dynamicRangeMode', wish.tenBit ? 1 : 0],
    ['x-nv-video[0].maxNumReferenceFrames', wish.referenceFrames],
    ['x-nv-video[0].clientRefreshRateX100', wish.refreshRateX100],
    ['x-nv-audio.surround.numChannels', wish.channels],
    ['x-nv-audio.surround.channelMask', CHANNEL_MASKS[wish.channels]],
    ['x-nv-audio.surround.enable', wish.channels > 2 ? 1 : 0],
    ['x-nv-audio.surround.AudioQuality', wish.highQualitySurround ? 1 : 0],
    ['x-nv-aqos.packetDuration', wish.packetDuration],
    ['x-nv-video[0].encoderCscMode', wish.cscMode],
  ];
}

/** The body of ANNOUNCE: each value is followed by one blank, the media line by two. */
export function formatAnnouncement(wish: StreamWish, host: string, videoPort: number): string {
  const family = host.includes(':') ? 'IPv6' : 'IPv4';
  return [
    'v=0',
    `o=android 0 14 IN ${family} ${host}`,
    's=NVIDIA Streaming Client',
    ...announcedAttributes(wish).map(([name, value]) => `a=${name}:${value} `),
    't=0 0',
    `m=video ${videoPort}  `,
    '',
  ].join('\r\n');
}
