import type { GameStreamPorts } from '../ports.ts';
import { NO_MAC } from './interfaces.ts';
import type { XmlElement } from './xml.ts';

/** a.b.c.d; d < 0 tells clients that this is an open host. Higher c changes the frame header (§2.5). */
export const APP_VERSION = '7.1.431.-1';
/** Below 3.11 or 2.x clients drop HEVC or 4K (protocol 1 §2.5). */
export const GFE_VERSION = '3.23.0.74';

/** Non-zero is all that matters (protocol 1 §2.4). */
const MAX_LUMA_PIXELS_HEVC = 1869449984;

/** Bits of ServerCodecModeSupport (protocol 1 §4.1). */
export const CODEC_MODE = {
  h264: 0x1,
  hevcMain: 0x100,
  hevcMain10: 0x200,
  av1Main8: 0x10000,
  av1Main10: 0x20000,
  h264High444: 0x40000,
  hevcRext8: 0x80000,
  hevcRext10: 0x100000,
  av1High444x8: 0x200000,
  av1High444x10: 0x400000,
} as const;

const ANY_HEVC =
  CODEC_MODE.hevcMain | CODEC_MODE.hevcMain10 | CODEC_MODE.hevcRext8 | CODEC_MODE.hevcRext10;
const ANY_10_BIT =
  CODEC_MODE.hevcMain10 | CODEC_MODE.av1Main10 | CODEC_MODE.hevcRext10 | CODEC_MODE.av1High444x10;

/** Whether any codec of this mask has 10 bits: what HDR takes. */
export function hasTenBit(codecModes: number): boolean {
  return (codecModes & ANY_10_BIT) !== 0;
}

/** All that /serverinfo is made of. */
export interface ServerInfo {
  readonly hostName: string;
  readonly hostId: string;
  readonly ports: GameStreamPorts;
  /** of this connection's interface; only for paired clients */
  readonly mac?: string;
  /** IPv4 of this connection, or 127.0.0.1 */
  readonly localIp: string;
  /** only if configured */
  readonly externalIp?: string;
  /** ServerCodecModeSupport */
  readonly codecModes: number;
  /** the caller is a paired client, proven by its certificate */
  readonly paired: boolean;
  /** game id, 0 when free for this caller */
  readonly currentGame: number;
}

/** The elements of /serverinfo, in the order that hosts of this kind use. */
export function serverInfoElements(info: ServerInfo): readonly XmlElement[] {
  return [
    ['hostname', info.hostName],
    ['appversion', APP_VERSION],
    ['GfeVersion', GFE_VERSION],
    ['uniqueid', info.hostId],
    ['HttpsPort', info.ports.https],
    ['ExternalPort', info.ports.http],
    ['MaxLumaPixelsHEVC', info.codecModes & ANY_HEVC ? MAX_LUMA_PIXELS_HEVC : 0],
    ['mac', info.paired ? (info.mac ?? NO_MAC) : NO_MAC],
    ['LocalIP', info.localIp],
    ['ExternalIP', info.externalIp ?? ''],
    // Clients refuse a host that offers nothing before the launch could say why.
    ['ServerCodecModeSupport', info.codecModes || CODEC_MODE.h264],
    ['PairStatus', info.paired ? 1 : 0],
    ['currentgame', info.currentGame],
    ['state', info.currentGame ? 'SUNSHINE_SERVER_BUSY' : 'SUNSHINE_SERVER_FREE'],
  ];
}
