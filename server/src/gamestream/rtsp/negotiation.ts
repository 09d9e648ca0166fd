import type { HdrMetadata } from '../../native/hdr-metadata.ts';
import { hasCodec, hasMode } from '../codec-modes.ts';
import { beyondEncoders } from '../encoder-limits.ts';
import type { LinkLimit } from '../link-limit.ts';
import { MOST_SLICES } from '../stream-config.ts';
import type { AudioConfig, Codec, StreamConfig, VideoConfig } from '../stream-config.ts';
import type { AnnouncedAttributes } from './announce.ts';
import { frameRate } from './frame-rate.ts';
import { customLayout, opusLayout } from './opus-layouts.ts';

/** What this host can do for this client, and what the launch already told. */
export interface NegotiationLimits {
  /** bits of ServerCodecModeSupport */
  readonly codecModes: number;
  /** from the launch, when ANNOUNCE does not tell */
  readonly channels: number;
  readonly surroundParams?: string;
  /** `Host` of the ANNOUNCE request: `0.0.0.0` asks for normal stereo quality (protocol 1 §3.1) */
  readonly hostHeader: string;
  readonly link?: LinkLimit;
  /** what the picture is like in HDR; absent: it is SDR */
  readonly hdr?: HdrMetadata;
  /** the owner's limit, bytes; absent: none */
  readonly packetSize?: number;
}

/** An ANNOUNCE that no default can answer. The client shows status 400. */
export class AnnounceRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AnnounceRefused';
  }
}

const CODECS: readonly Codec[] = ['h264', 'hevc', 'av1'];
const CODEC_NAMES = { h264: 'H.264', hevc: 'HEVC', av1: 'AV1' } as const;
const COLOR_SPACES = ['bt601', 'bt709', 'bt2020'] as const;

const MIN_DIMENSION = 64;
const MAX_FPS = 360;
const DEFAULT_FPS = 60;
const MIN_BITRATE_KBPS = 500;
const MAX_BITRATE_KBPS = 2_000_000;
/** Below this the 16-byte NV header leaves no room; above it a datagram exceeds even jumbo frames. */
const MIN_PACKET_SIZE = 128;
const MAX_PACKET_SIZE = 8944;
/** Ends `which is what …`. */
const LIMITED_BY = {
  set: '--link-kbps allows',
  measured: 'a speed test from this address found',
} as const;
/** A whole audio datagram is at most 1400 bytes: RTP header 12, CBC padding up to 16. */
const MAX_OPUS_BYTES = 1400 - 12 - 16;

/**
 * The announced wishes cut down to what the host can do. What is missing or senseless gets a default, what
 * cannot be had is answered with the nearest thing and told in `adjustments`.
 *
 * @throws AnnounceRefused when no encoder makes pictures of the size, or the packet size makes a stream impossible
 */
export function negotiate(wishes: AnnouncedAttributes, limits: NegotiationLimits): StreamConfig {
  const adjustments: string[] = [];
  const encryption = wishes.integer('x-ss-general.encryptionEnabled') ?? 0;
  const clientFeatures = wishes.integer('x-ml-general.featureFlags') ?? 0;
  return {
    video: video(wishes, limits, (encryption & 2) !== 0, adjustments),
    audio: audio(wishes, limits, (encryption & 4) !== 0, adjustments),
    controlV2: (encryption & 1) !== 0,
    sendsFecStatus: (clientFeatures & 1) !== 0,
    honoursPingPayload: (clientFeatures & 2) !== 0,
    adjustments,
  };
}

/** A number between two bounds; outside them the bound, absent the default. */
function bounded(
  wishes: AnnouncedAttributes,
  name: string,
  fallback: number,
  [low, high]: readonly [number, number],
  adjusted: (wanted: number, given: number) => void = () => {},
): number {
  const wanted = wishes.integer(name);
  if (wanted === undefined) return fallback;
  const given = Math.min(Math.max(wanted, low), high);
  if (given !== wanted) adjusted(wanted, given);
  return given;
}

function video(
  wishes: AnnouncedAttributes,
  limits: NegotiationLimits,
  sealed: boolean,
  adjustments: string[],
): VideoConfig {
  const format = videoFormat(wishes, limits.codecModes, adjustments);
  const { width, height } = pictureSize(wishes, adjustments);
  // 0 is no wish. 360 is what the fastest screens of clients show.
  const fps =
    wishes.integer('x-nv-video[0].maxFPS') === 0
      ? DEFAULT_FPS
      : bounded(wishes, 'x-nv-video[0].maxFPS', DEFAULT_FPS, [1, MAX_FPS], (wanted, given) =>
          adjustments.push(`${wanted} frames per second were asked for; the stream has ${given}.`),
        );
  const slicesPerFrame = bounded(
    wishes,
    'x-nv-video[0].videoEncoderSlicesPerFrame',
    1,
    [1, MOST_SLICES],
    (wanted, given) =>
      adjustments.push(`${wanted} slices a frame were asked for; the stream has ${given}.`),
  );
  // Who asks for it takes ordinary keyframes too (protocol 1 §3.8).
  if (wishes.integer('x-ss-video[0].intraRefresh') === 1) {
    adjustments.push('Intra refresh is not supported; the stream has keyframes.');
  }
  const refresh = wishes.integer('x-nv-video[0].clientRefreshRateX100') ?? 0;
  const csc = wishes.integer('x-nv-video[0].encoderCscMode') ?? 0;
  let colorSpace = COLOR_SPACES[csc >> 1] ?? 'bt601';
  const hdr = format.bitDepth === 10 ? limits.hdr : undefined;
  if (hdr) {
    colorSpace = 'bt2020';
  } else if (colorSpace === 'bt2020') {
    // What is not HDR has the primaries of Rec. 709, and the stream says what the pixels are.
    colorSpace = 'bt709';
    adjustments.push(
      'This picture is not HDR; the stream has Rec. 709 colours in place of Rec. 2020.',
    );
  }
  return {
    ...format,
    width,
    height,
    rate: frameRate(fps, refresh),
    ...packets(wishes, limits.packetSize, sealed, adjustments),
    bitrateKbps: bitrate(wishes, limits.link, adjustments),
    slicesPerFrame,
    maxReferenceFrames: bounded(wishes, 'x-nv-video[0].maxNumReferenceFrames', 1, [0, 1]),
    colorSpace,
    fullRange: (csc & 1) !== 0,
    ...(hdr && { hdr }),
    sealed,
    dscp: (wishes.integer('x-nv-vqos[0].qosTrafficType') ?? 5) !== 0,
  };
}

function videoFormat(
  wishes: AnnouncedAttributes,
  modes: number,
  adjustments: string[],
): Pick<VideoConfig, 'codec' | 'chroma' | 'bitDepth'> {
  const wanted = CODECS[wishes.integer('x-nv-vqos[0].bitStreamFormat') ?? 0] ?? 'h264';
  const can = (codec: Codec, chroma: VideoConfig['chroma'], bitDepth: 8 | 10): boolean =>
    hasMode(modes, codec, chroma, bitDepth);

  let codec = wanted;
  // A stock client asks only for what DESCRIBE offered. H.264 is the one that every client decodes.
  if (!hasCodec(modes, codec)) {
    codec = 'h264';
    if (wanted !== codec) {
      adjustments.push(`${CODEC_NAMES[wanted]} cannot be encoded here; the stream is H.264.`);
    }
  }
  let bitDepth: 8 | 10 = wishes.integer('x-nv-video[0].dynamicRangeMode') === 1 ? 10 : 8;
  let chroma: VideoConfig['chroma'] =
    wishes.integer('x-ss-video[0].chromaSamplingType') === 1 ? '4:4:4' : '4:2:0';
  if (chroma === '4:4:4' && !can(codec, chroma, bitDepth) && !can(codec, chroma, 8)) {
    chroma = '4:2:0';
    adjustments.push(`${CODEC_NAMES[codec]} 4:4:4 cannot be encoded here; the stream is 4:2:0.`);
  }
  if (bitDepth === 10 && !can(codec, chroma, bitDepth)) {
    bitDepth = 8;
    adjustments.push('10 bits (HDR) cannot be encoded here; the stream has 8.');
  }
  return { codec, chroma, bitDepth };
}

/** @returns the pixels that a side of the stream has where a client wants so many */
export function fitSide(wanted: number): number {
  // Subsampled chroma needs both even; the client itself rounds the height down.
  return Math.max(wanted, MIN_DIMENSION) & ~1;
}

function pictureSize(
  wishes: AnnouncedAttributes,
  adjustments: string[],
): { width: number; height: number } {
  const wantedWidth = wishes.integer('x-nv-video[0].clientViewportWd') ?? 1280;
  const wantedHeight = wishes.integer('x-nv-video[0].clientViewportHt') ?? 720;
  const beyond = beyondEncoders(wantedWidth, wantedHeight);
  if (beyond !== undefined) throw new AnnounceRefused(beyond);
  const width = fitSide(wantedWidth);
  const height = fitSide(wantedHeight);
  if (width !== wantedWidth || height !== wantedHeight) {
    adjustments.push(
      `A picture of ${wantedWidth}×${wantedHeight} was asked for; the stream has ${width}×${height}.`,
    );
  }
  return { width, height };
}

type Packets = Pick<VideoConfig, 'packetSize' | 'parity' | 'minFecPackets'>;

function packets(
  wishes: AnnouncedAttributes,
  limit: number | undefined,
  sealed: boolean,
  adjustments: string[],
): Packets {
  const wanted = announcedPacketSize(wishes, sealed);
  if (limit === undefined || wanted <= limit) {
    const minFecPackets = bounded(wishes, 'x-nv-vqos[0].fec.minRequiredFecPackets', 0, [0, 2]);
    return { packetSize: wanted, parity: true, minFecPackets };
  }
  const given = limit & ~0xf;
  adjustments.push(
    `Packets of ${wanted} bytes were asked for; the stream has ${given}, which is what --packet-size allows, and no parity: ` +
      'lost frames are left out. Set the packet size on the device to have both.',
  );
  return { packetSize: given, parity: false, minFecPackets: 0 };
}

function announcedPacketSize(wishes: AnnouncedAttributes, sealed: boolean): number {
  // The sizes that a client on the same network announces.
  const size = wishes.integer('x-nv-video[0].packetSize') ?? (sealed ? 1360 : 1392);
  if (size < MIN_PACKET_SIZE || size > MAX_PACKET_SIZE) {
    throw new AnnounceRefused(
      `A packet size of ${size} bytes is not possible; set the client's packet size back to automatic.`,
    );
  }
  return size;
}

function bitrate(
  wishes: AnnouncedAttributes,
  link: LinkLimit | undefined,
  adjustments: string[],
): number {
  const configured = wishes.integer('x-ml-video.configuredBitrateKbps') ?? 0;
  const wanted =
    configured > 0 ? configured : (wishes.integer('x-nv-vqos[0].bw.maximumBitrateKbps') ?? 10_000);
  const possible = Math.min(Math.max(wanted, MIN_BITRATE_KBPS), MAX_BITRATE_KBPS);
  // More than the pacer lets through would only wait and be dropped.
  const given = Math.max(Math.min(possible, link?.kbps ?? Infinity), MIN_BITRATE_KBPS);
  if (given !== wanted) {
    const why = link && given < possible ? `, which is what ${LIMITED_BY[link.from]}` : '';
    adjustments.push(`${wanted} kbit/s were asked for; the stream has ${given} kbit/s${why}.`);
  }
  return given;
}

function audio(
  wishes: AnnouncedAttributes,
  limits: NegotiationLimits,
  announcedSealed: boolean,
  adjustments: string[],
): AudioConfig {
  const wantedChannels = wishes.integer('x-nv-audio.surround.numChannels') ?? limits.channels;
  const channels = wantedChannels === 6 || wantedChannels === 8 ? wantedChannels : 2;
  if (channels !== wantedChannels) {
    adjustments.push(`${wantedChannels} sound channels were asked for; the stream is stereo.`);
  }
  // AudioQuality is always 0 for stereo; the form of the Host header tells instead.
  const highQuality =
    channels === 2
      ? limits.hostHeader !== '0.0.0.0'
      : wishes.integer('x-nv-audio.surround.AudioQuality') === 1;
  const quality = highQuality ? 'high' : 'normal';
  const packetDuration = wishes.integer('x-nv-aqos.packetDuration') === 10 ? 10 : 5;

  const own =
    limits.surroundParams === undefined ? undefined : customLayout(limits.surroundParams, quality);
  const layout = own?.channels === channels ? own : opusLayout(channels, quality);
  const fits = Math.floor((MAX_OPUS_BYTES * 8 * 1000) / packetDuration);
  if (layout.bitrate > fits) {
    adjustments.push('High-quality surround sound does not fit packets of 10 ms; it is cut down.');
  }
  return {
    layout: { ...layout, bitrate: Math.min(layout.bitrate, fits) },
    highQuality,
    packetDuration,
    // Older clients encrypt by this bit alone, even when the host never offered it (protocol 1 §3.8).
    sealed: announcedSealed || ((wishes.integer('x-nv-general.featureFlags') ?? 0) & 0x20) !== 0,
    dscp: (wishes.integer('x-nv-aqos.qosTrafficType') ?? 4) !== 0,
  };
}
