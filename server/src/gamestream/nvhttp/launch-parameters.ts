import { beyondEncoders } from '../encoder-limits.ts';
import { LaunchRefused } from '../launches.ts';
import type { LaunchRequest } from '../launches.ts';

/** What a query of /launch or /resume says; the rest of a LaunchRequest comes from the connection. */
export interface LaunchParameters {
  /** absent: an older client's /resume */
  readonly gameId?: number;
  readonly request: Omit<LaunchRequest, 'device' | 'remoteAddress' | 'localAddress'>;
}

/** A parameter is missing or unreadable; the sentence goes to the client's screen. */
export class LaunchMalformed extends Error {
  constructor(parameter: string) {
    super(`The client's request has no usable "${parameter}".`);
    this.name = 'LaunchMalformed';
  }
}

/** Channel counts that GameStream has layouts for (protocol 5 §4). */
const CHANNELS: ReadonlySet<number> = new Set([2, 6, 8]);
/** (mask << 16) | count of stereo */
const STEREO = 0x0003_0002;
const MAX_FPS = 1000;
const MAX_GAMEPADS_MASK = 0xffff;

type Query = ReadonlyMap<string, string>;

/**
 * Reads the parameters of protocol 1 §2.10. Unknown ones are ignored.
 *
 * @throws LaunchMalformed
 * @throws LaunchRefused for a picture that no encoder makes
 */
export function readLaunchParameters(query: Query, kind: 'launch' | 'resume'): LaunchParameters {
  const gameId = readNumber(query, 'appid', 1, 0x7fff_ffff);
  if (kind === 'launch' && gameId === undefined) throw new LaunchMalformed('appid');
  const playOnHost = readFlag(query, 'localAudioPlayMode');
  if (kind === 'launch' && playOnHost === undefined)
    throw new LaunchMalformed('localAudioPlayMode');
  const surround = readNumber(query, 'surroundAudioInfo', 0, 0xffff_ffff) ?? STEREO;
  const channels = surround & 0xffff;
  if (!CHANNELS.has(channels)) throw new LaunchMalformed('surroundAudioInfo');
  const surroundParams = readSurroundParams(query, channels);
  const gamepads =
    readNumber(query, 'remoteControllersBitmap', 0, 0xffff_ffff) ??
    readNumber(query, 'gcmap', 0, 0xffff_ffff) ??
    0;
  return {
    ...(gameId !== undefined && { gameId }),
    request: {
      ...readMode(query, kind),
      key: readKey(query),
      keyId: readKeyId(query),
      channels,
      ...(surroundParams !== undefined && { surroundParams }),
      ...(playOnHost !== undefined && { playOnHost }),
      hdr: readFlag(query, 'hdrMode') ?? false,
      encryptedRtsp: (readNumber(query, 'corever', 0, 0xffff_ffff) ?? 0) >= 1,
      gamepads: gamepads & MAX_GAMEPADS_MASK,
      keepGamepads: readFlag(query, 'gcpersist') ?? false,
    },
  };
}

interface Mode {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

const DEFAULT_MODE: Mode = { width: 1280, height: 720, fps: 60 };

/**
 * WxHxF, where F may have decimals. It prepares the display only, ANNOUNCE repeats the real values; absent: 720p60, no
 * rate: 60. On /resume the display is there, and clients send what they like.
 */
function readMode(query: Query, kind: 'launch' | 'resume'): Mode {
  const text = query.get('mode');
  if (text === undefined) return DEFAULT_MODE;
  const match = /^(\d{1,5})x(\d{1,5})x(\d{1,4}(?:\.\d{1,3})?)$/.exec(text);
  const [width, height, fps = 0] = match ? match.slice(1).map(Number) : [];
  const isMode = width && height && fps <= MAX_FPS;
  if (!isMode) {
    if (kind === 'resume') return DEFAULT_MODE;
    throw new LaunchMalformed('mode');
  }
  // RTSP would refuse it too, without a word.
  const beyond = beyondEncoders(width, height);
  if (beyond !== undefined) throw new LaunchRefused(400, beyond);
  return { width, height, fps: fps || 60 };
}

function readKey(query: Query): Buffer {
  const text = query.get('rikey');
  if (text === undefined || !/^[0-9a-fA-F]{32}$/.test(text)) throw new LaunchMalformed('rikey');
  return Buffer.from(text, 'hex');
}

/** Signed or unsigned decimal of 32 bits. */
function readKeyId(query: Query): number {
  const text = query.get('rikeyid');
  const value = text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(value >= -0x8000_0000 && value <= 0xffff_ffff)) throw new LaunchMalformed('rikeyid');
  return value >>> 0;
}

/**
 * `NSCm…`: channels (6 or 8), streams, coupled streams, then a digit for each channel (protocol 1 §3.6). What
 * no Opus encoder can be made of is ignored, as other hosts do: the client then gets a standard layout.
 */
function readSurroundParams(query: Query, channels: number): string | undefined {
  const text = query.get('surroundParams') ?? '';
  const [count = 0, streams = 0, coupled = 0, ...mapping] = /^\d{9,11}$/.test(text)
    ? Array.from(text, Number)
    : [];
  const isLayout =
    count === channels &&
    mapping.length === count &&
    coupled <= streams &&
    streams + coupled === count &&
    new Set(mapping).size === count &&
    mapping.every((place) => place < count);
  return isLayout ? text : undefined;
}

function readFlag(query: Query, name: string): boolean | undefined {
  const value = readNumber(query, name, 0, 0xffff_ffff);
  return value === undefined ? undefined : value !== 0;
}

/** Absent: undefined. Anything but decimal in range: LaunchMalformed. */
function readNumber(query: Query, name: string, min: number, max: number): number | undefined {
  const text = query.get(name);
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) throw new LaunchMalformed(name);
  return value;
}
