import { H264_MODE, hasCodec } from '../codec-modes.ts';
import type { GameStreamPorts } from '../ports.ts';
import { NO_MAC } from './interfaces.ts';
import type { XmlElement } from './xml.ts';

/** a.b.c.d; d < 0 tells clients that this is an open host. Higher c changes the frame header (§2.5). */
const APP_VERSION = '7.1.431.-1';
/** Below 3.11 or 2.x clients drop HEVC or 4K (protocol 1 §2.5). */
const GFE_VERSION = '3.23.0.74';

/** Non-zero is all that matters (protocol 1 §2.4). */
const MAX_LUMA_PIXELS_HEVC = 1869449984;

/** All that /serverinfo is made of. */
export interface ServerInfo {
  readonly hostName: string;
  readonly hostId: string;
  readonly ports: GameStreamPorts;
  /** of this connection's interface; only for paired clients */
  readonly mac?: string;
  /** IPv4 of this connection, or 127.0.0.1 */
  readonly localIp: string;
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
    ['MaxLumaPixelsHEVC', hasCodec(info.codecModes, 'hevc') ? MAX_LUMA_PIXELS_HEVC : 0],
    ['mac', info.paired ? (info.mac ?? NO_MAC) : NO_MAC],
    ['LocalIP', info.localIp],
    // Clients read it; for a host that is reached over the internet by an address of its own.
    ['ExternalIP', ''],
    // Clients refuse a host that offers nothing before the launch could say why.
    ['ServerCodecModeSupport', info.codecModes || H264_MODE],
    ['PairStatus', info.paired ? 1 : 0],
    ['currentgame', info.currentGame],
    ['state', info.currentGame ? 'SUNSHINE_SERVER_BUSY' : 'SUNSHINE_SERVER_FREE'],
  ];
}
