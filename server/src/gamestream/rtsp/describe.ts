import { hasCodec } from '../codec-modes.ts';
import { advertisedLayout, customLayout, opusLayout } from './opus-layouts.ts';

/** What the body of DESCRIBE tells a client about this host (protocol 1 §3.5). */
export interface HostDescription {
  /** bits of ServerCodecModeSupport */
  readonly codecModes: number;
  /** the encoder can invalidate references; else the client asks for IDR frames only */
  readonly invalidation: boolean;
  /** pen and touch events arrive at the desktop */
  readonly penAndTouch: boolean;
  /** a pad's touch pad and motion arrive at the game */
  readonly controllerTouch: boolean;
  /** planes that can be encrypted: 1 control v2, 2 video, 4 audio */
  readonly encryptionSupported: number;
  /** planes that the host wants encrypted even if the user opted out */
  readonly encryptionRequested: number;
  /** the client's own Opus layout */
  readonly surroundParams?: string;
}

const PEN_AND_TOUCH = 1;
const CONTROLLER_TOUCH = 2;

/**
 * Not an SDP: the client searches substrings. Short, because very old ports read some 4 kB; numbers are
 * plain decimal, because a leading 0 would be octal.
 */
export function describeHost(host: HostDescription): string {
  const features =
    (host.penAndTouch ? PEN_AND_TOUCH : 0) | (host.controllerTouch ? CONTROLLER_TOUCH : 0);
  const lines = [
    `a=x-ss-general.featureFlags:${features}`,
    `a=x-ss-general.encryptionSupported:${host.encryptionSupported}`,
    `a=x-ss-general.encryptionRequested:${host.encryptionRequested}`,
  ];
  if (host.invalidation) lines.push('a=x-nv-video[0].refPicInvalidation:1');
  if (hasCodec(host.codecModes, 'hevc')) lines.push('sprop-parameter-sets=AAAAAU');
  if (hasCodec(host.codecModes, 'av1')) lines.push('a=rtpmap:98 AV1/90000');

  const layouts: string[] = [];
  // A client's own layout goes first and twice: once for either quality it may ask for.
  if (host.surroundParams && customLayout(host.surroundParams, 'normal')) {
    layouts.push(host.surroundParams, host.surroundParams);
  }
  for (const channels of [2, 6, 8]) {
    for (const quality of ['normal', 'high'] as const) {
      layouts.push(advertisedLayout(opusLayout(channels, quality), quality));
    }
  }
  lines.push(...layouts.map((digits) => `a=fmtp:97 surround-params=${digits}`));
  return `${lines.join('\n')}\n`;
}
