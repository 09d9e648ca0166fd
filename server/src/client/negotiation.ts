import type { Codec } from '../gamestream/stream-config.ts';
import type { StreamWish } from './announcement.ts';
import { formatAnnouncement } from './announcement.ts';
import type { RtspClient } from './rtsp-client.ts';
import { chooseLayout, type ChosenLayout } from './surround.ts';

/** What DESCRIBE has for a codec that the host encodes (protocol 1 §3.5). */
const CODEC_MARKERS = { h264: '', hevc: 'sprop-parameter-sets=AAAAAU', av1: 'AV1/90000' } as const;

/** Bits of `encryptionEnabled`. */
export const ENCRYPT_CONTROL = 1;
export const ENCRYPT_VIDEO = 2;
export const ENCRYPT_AUDIO = 4;

export interface NegotiationWishes {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly refreshRateX100: number;
  readonly bitrateKbps: number;
  /** before the seal's 32 bytes are taken off */
  readonly packetSize: number;
  /** taken where the host describes it, else H.264 */
  readonly codec: Codec;
  readonly tenBit: boolean;
  readonly chroma444: boolean;
  readonly slices: number;
  readonly cscMode: number;
  readonly channels: 2 | 6 | 8;
  readonly packetDuration: 5 | 10;
  /** the decoder copes with invalidated references */
  readonly invalidation: boolean;
  /** planes the user wants sealed: 2 video, 4 audio; control is always asked for */
  readonly encryption: number;
  /** like a client from before the host could demand anything: nothing but `encryption` is sealed */
  readonly ignoresDemands: boolean;
  readonly local: boolean;
}

export interface PlaneTarget {
  readonly port: number;
  readonly pingPayload?: string;
}

/** What the handshake agreed on. */
export interface Negotiated {
  readonly audio: PlaneTarget;
  readonly video: PlaneTarget;
  readonly control: { readonly port: number; readonly connectData: number };
  readonly layout: ChosenLayout;
  readonly highQualityAudio: boolean;
  readonly wish: StreamWish;
  /** the host understands reference invalidation */
  readonly invalidation: boolean;
  /** LI_FF bits: 1 pen and touch, 2 controller touch and motion */
  readonly features: number;
  readonly description: string;
}

const SETUP_HEADERS = [
  ['Transport', 'unicast;X-GS-ClientPort=50000-50001'],
  ['If-Modified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
] as const;

/** High quality sound is asked for from here on (protocol 1 §3.8), kbit/s. */
export const HIGH_QUALITY_FROM = 15_000;

/**
 * The seven requests up to PLAY (protocol 1 §3.3).
 *
 * @param host numeric, for the o= line
 * @param onAudio runs right after SETUP audio, when a stock client begins to ping
 * @throws RtspFailed
 */
export async function negotiateStream(
  rtsp: RtspClient,
  host: string,
  wishes: NegotiationWishes,
  onAudio: (target: PlaneTarget, sealed: boolean) => Promise<void>,
): Promise<Negotiated> {
  await rtsp.request('OPTIONS', rtsp.url);
  const { body } = await rtsp.request('DESCRIBE', rtsp.url, [
    ['Accept', 'application/sdp'],
    ['If-Modified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ]);
  if (!body) throw new Error('DESCRIBE has no body');
  const wantsHigh = wishes.bitrateKbps >= HIGH_QUALITY_FROM;
  const layout = chooseLayout(body, wishes.channels, wantsHigh);
  const encryption = chosenEncryption(body, wishes);

  const audio = await setup(rtsp, 'audio/0/0', 48_000);
  if (!rtsp.session) throw new Error('SETUP audio names no session');
  await onAudio(audio, (encryption & ENCRYPT_AUDIO) !== 0);
  const video = await setup(rtsp, 'video/0/0', 47_998);
  const control = await setup(rtsp, 'control/13/0', 47_999);

  const invalidation = wishes.invalidation && body.includes('x-nv-video[0].refPicInvalidation');
  const highQualitySurround = wantsHigh && wishes.channels > 2 && layout.highQualityOffered;
  // Like the stock client, which says nothing when it falls back (protocol 1 §4.2).
  const codec = body.includes(CODEC_MARKERS[wishes.codec]) ? wishes.codec : 'h264';
  const wish: StreamWish = {
    ...wishes,
    codec,
    tenBit: wishes.tenBit && codec !== 'h264',
    packetSize: wishes.packetSize - (encryption & ENCRYPT_VIDEO ? 32 : 0),
    referenceFrames: invalidation ? 0 : 1,
    encryption,
    sealedAudio: (encryption & ENCRYPT_AUDIO) !== 0,
    highQualitySurround,
  };
  const announcement = formatAnnouncement(wish, host, video.port);
  await rtsp.request(
    'ANNOUNCE',
    'streamid=control/13/0',
    [
      ['Content-type', 'application/sdp'],
      ['Content-length', String(Buffer.byteLength(announcement))],
    ],
    announcement,
  );
  await rtsp.request('PLAY', '/');
  return {
    audio,
    video,
    control: { port: control.port, connectData: control.connectData },
    layout,
    highQualityAudio: wishes.channels > 2 ? highQualitySurround : wantsHigh,
    wish,
    invalidation,
    features: numberIn(body, 'x-ss-general.featureFlags'),
    description: body,
  };
}

async function setup(
  rtsp: RtspClient,
  stream: string,
  fallback: number,
): Promise<PlaneTarget & { readonly connectData: number }> {
  const { headers } = await rtsp.request('SETUP', `streamid=${stream}`, SETUP_HEADERS);
  const port = /server_port=(\d+)/.exec(headers.get('Transport') ?? '')?.[1];
  const pingPayload = headers.get('X-SS-Ping-Payload');
  return {
    port: port ? Number(port) : fallback,
    connectData: Number(headers.get('X-SS-Connect-Data') ?? 0) >>> 0,
    ...(pingPayload?.length === 16 && { pingPayload }),
  };
}

/** Control whenever it is offered; the others when offered and wanted, or demanded (protocol 1 §3.5). */
function chosenEncryption(
  description: string,
  { encryption: wanted, ignoresDemands }: NegotiationWishes,
): number {
  if (ignoresDemands) return wanted;
  const supported = numberIn(description, 'x-ss-general.encryptionSupported');
  const requested = numberIn(description, 'x-ss-general.encryptionRequested');
  return (
    (supported & ENCRYPT_CONTROL) |
    (supported & (wanted | requested) & (ENCRYPT_VIDEO | ENCRYPT_AUDIO))
  );
}

function numberIn(description: string, name: string): number {
  const at = description.indexOf(`${name}:`);
  return at < 0 ? 0 : parseInt(description.slice(at + name.length + 1), 10) || 0;
}
