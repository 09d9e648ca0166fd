import type { Display } from '../displays/display.ts';
import type { LaunchRequest } from '../gamestream/launches.ts';
import { frameRate } from '../gamestream/rtsp/frame-rate.ts';
import { fitSide } from '../gamestream/rtsp/negotiation.ts';
import type { StreamConfig, VideoConfig } from '../gamestream/stream-config.ts';
import type { ViewerRequest } from '../media/viewer.ts';
import type { PictureOptions, SendSettings, SoundSource } from '../native/media-addon.ts';

type PictureMode = Pick<VideoConfig, 'width' | 'height' | 'rate' | 'hdr'>;

/** Sound beside the video, kbit/s per channel as other hosts of this protocol reckon it. */
const AUDIO_KBPS = { high: 256, normal: 96 } as const;
const HEADERS_KBPS = 500;
/** An encoder gives no picture worth watching below this. */
const MIN_VIDEO_KBPS = 250;

/**
 * The encoder's target: what the client's user set for everything on the wire, less parity, sound and
 * headers (protocol 1 §3.8).
 *
 * @param fecPercentage parity, 0…255; above 80 % it is not subtracted, or nothing would be left
 * @returns kbit/s
 */
export function encoderBitrate({ video, audio }: StreamConfig, fecPercentage: number): number {
  let rate = video.bitrateKbps;
  if (fecPercentage <= 80) rate = (rate * (100 - fecPercentage)) / 100;
  const sound = audio.layout.channels * AUDIO_KBPS[audio.highQuality ? 'high' : 'normal'];
  rate -= Math.min(sound, rate / 5);
  rate -= Math.min(HEADERS_KBPS, rate / 10);
  return Math.max(Math.floor(rate), MIN_VIDEO_KBPS);
}

/** The rate that a launch speaks of. */
export function launchRate({ fps }: Pick<LaunchRequest, 'fps'>): VideoConfig['rate'] {
  return frameRate(Math.round(fps), Math.round(fps * 100));
}

/** The mode that a launch speaks of. What ANNOUNCE brings is nearly always the same, but for a rate of 59.94 and its kin. */
export function launchMode(request: Pick<LaunchRequest, 'width' | 'height' | 'fps'>): PictureMode {
  const { width, height } = request;
  return { width: fitSide(width), height: fitSide(height), rate: launchRate(request) };
}

/** The test pattern is drawn anew for HDR; a device without it beside gets the one of SDR. */
function inHdr(source: Display['source']): Display['source'] {
  return source.kind === 'test-pattern' ? { ...source, hdr: true } : source;
}

/** The picture that a client of this mode joins. */
export function pictureOptions(
  display: Pick<Display, 'source' | 'away' | 'slowToShow'>,
  video: PictureMode,
): PictureOptions {
  return {
    source: video.hdr ? inHdr(display.source) : display.source,
    width: video.width,
    height: video.height,
    rateNumerator: video.rate.numerator,
    rateDenominator: video.rate.denominator,
    // It was there when its app started, or the app has not drawn on it yet: it is waited for.
    ...((display.away !== undefined || display.slowToShow === true) && { awaitSource: true }),
  };
}

/** What the media process is asked for one session. */
export function viewerRequest(
  viewer: number,
  config: StreamConfig,
  secrets: { readonly key: Uint8Array; readonly keyId: number },
  fecPercentage: number,
  sending: SendSettings,
  soundSource: SoundSource,
): ViewerRequest {
  const { video, audio } = config;
  const { layout } = audio;
  return {
    viewer,
    video: {
      codec: video.codec,
      chroma: video.chroma,
      bitDepth: video.bitDepth,
      colorSpace: video.colorSpace,
      fullRange: video.fullRange,
      ...(video.hdr && { hdr: video.hdr }),
      slices: video.slicesPerFrame,
      maxReferenceFrames: video.maxReferenceFrames,
      bitrateKbps: encoderBitrate(config, fecPercentage),
      packetSize: video.packetSize,
      fecPercentage,
      minFecPackets: video.minFecPackets,
      ...(video.sealed && { key: secrets.key }),
      dscp: video.dscp,
      sending,
    },
    audio: {
      channels: layout.channels,
      streams: layout.streams,
      coupledStreams: layout.coupledStreams,
      mapping: layout.mapping,
      bitrate: layout.bitrate,
      packetDuration: audio.packetDuration,
      ...(audio.sealed && { key: secrets.key }),
      keyId: secrets.keyId,
      dscp: audio.dscp,
      source: soundSource,
    },
  };
}
