import {
  codecModesOf,
  hasCodec,
  hasMode,
  keepsUp,
  SHARE_OF_TIME,
  upToCodec,
} from '../../gamestream/codec-modes.ts';
import type { PictureMode } from '../../gamestream/codec-modes.ts';
import type { Codec, VideoConfig } from '../../gamestream/stream-config.ts';
import type { EncoderProbe, ProfileProbe } from '../../native/media-addon.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { shortfallSentence, shortfallWording } from './sentences.ts';
import type { Link, ShortfallCode, ShortfallValues, Wish } from './sentences.ts';

/** Why a stream has not got one thing: the first link of the chain that stands against it. */
export interface Shortfall {
  readonly wish: Wish;
  readonly link: Link;
  readonly code: ShortfallCode;
  readonly values: ShortfallValues;
  /** in English */
  readonly sentence: string;
  readonly remedy?: string;
}

/** What is known of a stream, one that runs or the summary of one that did. */
export interface StreamFacts {
  readonly video: Pick<VideoConfig, 'codec' | 'chroma' | 'bitDepth' | 'width' | 'height'> & {
    readonly framesPerSecond: number;
  };
  /** kind of the picture's source */
  readonly source?: string | undefined;
  readonly verdict?:
    | (Pick<Verdict, 'code' | 'values'> & { readonly stage?: Verdict['stage'] | undefined })
    | undefined;
  /** new pictures a second, where the verdict does not tell */
  readonly newFrames?: number | undefined;
}

/** What stands behind it now. */
export interface HostMeans {
  readonly encoders: readonly EncoderProbe[];
  /** the best codec that the device's owner lets it have */
  readonly deviceCodec?: Codec | undefined;
  /** the same for the app */
  readonly appCodec?: Codec | undefined;
}

type Format = Pick<ProfileProbe, 'chroma' | 'bitDepth'>;

const CODEC_NAMES = { h264: 'H.264', hevc: 'HEVC', av1: 'AV1' } as const;
/** What a person hardly sees missing, as the verdict has it. */
const ENOUGH = 0.9;
const LONGEST_REASON = 240;

/** What a stream has not got, and why, in the order of WISHES. */
export function shortfalls(stream: StreamFacts, host: HostMeans): Shortfall[] {
  const { codec } = stream.video;
  return [
    hdr(stream, host),
    codec === 'h264' ? otherCodec('hevc', stream, host) : undefined,
    codec === 'av1' ? undefined : otherCodec('av1', stream, host),
    yuv444(stream, host),
    rate(stream),
  ].filter((found) => found !== undefined);
}

function short(wish: Wish, code: ShortfallCode, values: ShortfallValues = {}): Shortfall {
  const { link, remedy } = shortfallWording(code);
  return {
    wish,
    link,
    code,
    values,
    sentence: shortfallSentence(code, values),
    ...(remedy !== undefined && { remedy }),
  };
}

function hdr(stream: StreamFacts, host: HostMeans): Shortfall | undefined {
  const { video, source } = stream;
  // The picture's source comes before anything that could write it.
  if (source === 'x11') return short('hdr', 'hdr-x11');
  // The test pattern is in HDR whenever it has 10 bits.
  if (source !== undefined && source !== 'test-pattern') return short('hdr', 'hdr-capture');
  return video.bitDepth === 10 ? undefined : inFormat('hdr', { bitDepth: 10 }, stream, host);
}

function yuv444(stream: StreamFacts, host: HostMeans): Shortfall | undefined {
  if (stream.video.chroma === '4:4:4') return undefined;
  return inFormat('yuv444', { chroma: '4:4:4' }, stream, host);
}

/** Why a stream's own codec is not of another format. */
function inFormat(
  wish: Wish,
  wanted: Partial<Format>,
  { video }: StreamFacts,
  { encoders }: HostMeans,
): Shortfall | undefined {
  const { codec, chroma, bitDepth } = video;
  const format = { chroma, bitDepth, ...wanted };
  const name = wish === 'hdr' ? 'HDR' : '4:4:4';
  if (codec === 'h264' && format.bitDepth === 10) {
    return short(wish, 'codec-has-none', { codec: CODEC_NAMES[codec], what: name });
  }
  const mode = modeOf(video);
  const what = `${CODEC_NAMES[codec]} ${wish === 'hdr' ? '10 bit' : '4:4:4'}`;
  if (!hasMode(codecModesOf(encoders, mode), codec, format.chroma, format.bitDepth)) {
    return notWritten(wish, what, codec, format, mode, encoders);
  }
  return short(wish, 'not-asked', { what, asked: wish === 'hdr' ? 'SDR' : chroma });
}

function otherCodec(
  codec: 'hevc' | 'av1',
  { video }: StreamFacts,
  { encoders, deviceCodec, appCodec }: HostMeans,
): Shortfall {
  const mode = modeOf(video);
  const modes = codecModesOf(encoders, mode);
  const what = CODEC_NAMES[codec];
  if (!hasCodec(modes, codec)) {
    return notWritten(codec, what, codec, undefined, mode, encoders);
  }
  const bounds = [deviceCodec, appCodec].filter((bound) => bound !== undefined);
  if (bounds.length === 0 && !hasCodec(codecModesOf(encoders, mode, []), codec)) {
    return short(codec, 'not-chosen', { codec: what });
  }
  if (!hasCodec(upToCodec(modes, deviceCodec), codec)) {
    return short(codec, 'device-codec', { codec: CODEC_NAMES[deviceCodec!] });
  }
  if (!hasCodec(upToCodec(upToCodec(modes, deviceCodec), appCodec), codec)) {
    return short(codec, 'app-codec', { codec: CODEC_NAMES[appCodec!] });
  }
  return short(codec, 'not-asked', { what, asked: CODEC_NAMES[video.codec] });
}

/** @param format absent: any that the codec has */
function notWritten(
  wish: Wish,
  what: string,
  codec: Codec,
  format: Format | undefined,
  mode: PictureMode,
  encoders: readonly EncoderProbe[],
): Shortfall {
  const fits = (profile: ProfileProbe): boolean =>
    format === undefined ||
    (profile.chroma === format.chroma && profile.bitDepth === format.bitDepth);
  const tried = encoders
    .filter((encoder) => encoder.codec === codec)
    .map((encoder) => ({ encoder, profiles: encoder.profiles.filter(fits) }));
  const slow = tried
    .flatMap(({ encoder, profiles }) =>
      profiles
        .filter((profile) => profile.fault === undefined && !keepsUp(profile, mode))
        .map(({ samplesPerSecond = 0 }) => ({ name: encoder.name, samplesPerSecond })),
    )
    .sort((a, b) => b.samplesPerSecond - a.samplesPerSecond)[0];
  if (slow) {
    const { width, height, rate } = mode;
    return short(wish, 'too-slow', {
      what,
      encoder: slow.name,
      size: `${width}×${height}`,
      rate: Math.round(rate.numerator / rate.denominator),
      hertz: Math.floor((slow.samplesPerSecond * SHARE_OF_TIME) / (1280 * 720)),
    });
  }
  const reasons = tried.flatMap(({ encoder, profiles }) => {
    const fault = profiles.find((profile) => profile.fault !== undefined)?.fault ?? encoder.fault;
    return fault === undefined ? [] : [`${encoder.name}: ${fault}`];
  });
  return short(wish, 'no-encoder', {
    what,
    reason: [...new Set(reasons)].join(' ').slice(0, LONGEST_REASON),
  });
}

function rate({ video, verdict, newFrames }: StreamFacts): Shortfall | undefined {
  const asked = Math.round(video.framesPerSecond);
  const seen = verdict?.values.frames ?? newFrames;
  if (seen === undefined || verdict?.code === 'too-early' || seen >= asked * ENOUGH) {
    return undefined;
  }
  return short('rate', `rate-${linkOf(verdict)}`, { asked, frames: Math.round(seen) });
}

/** Who held a frame up. Whatever waits behind the encoder waits for the network. */
function linkOf(verdict: StreamFacts['verdict']): Exclude<Link, 'negotiation'> {
  if (verdict?.code === 'source-gone' || verdict?.code === 'nothing-captured') return 'compositor';
  switch (verdict?.stage) {
    case 'capture':
    case 'convert':
      return 'capture';
    case 'encode':
      return 'encoder';
    case 'send':
    case 'network':
      return 'network';
    case 'client':
      return 'client';
    default:
      return 'app';
  }
}

function modeOf({ width, height, framesPerSecond }: StreamFacts['video']): PictureMode {
  return {
    width,
    height,
    rate: { numerator: Math.round(framesPerSecond * 1000), denominator: 1000 },
  };
}
