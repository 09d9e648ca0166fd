import { SHORTFALLS } from '../../../../server/src/captures/shortfalls/sentences.ts';
import type { ShortfallCode } from '../../../../server/src/captures/shortfalls/sentences.ts';

type ShortfallKey = `shortfall.${ShortfallCode}` | `shortfall.${ShortfallCode}.remedy`;

/** The host's own sentences: its API and `why` say the same. */
const sentences = Object.fromEntries(
  Object.entries(SHORTFALLS).flatMap(([code, wording]) => [
    [`shortfall.${code}`, wording.says],
    [`shortfall.${code}.remedy`, 'remedy' in wording ? wording.remedy : ''],
  ]),
) as Record<ShortfallKey, string>;

export const shortfalls = {
  ...sentences,
  'why.title': 'Why not HDR, HEVC, 4:4:4 …',
  'why.about': '{app}, {when}: {mode}',
  'why.now': 'streaming now',
  'why.none': 'Nothing is known of a stream of it yet: start one, for some seconds.',
  'why.nothing': 'Nothing is missing.',
  'why.wish.hdr': 'Not HDR:',
  'why.wish.hevc': 'Not HEVC:',
  'why.wish.av1': 'Not AV1:',
  'why.wish.yuv444': 'Not 4:4:4:',
  'why.wish.rate': 'Not at its rate:',
  'why.link.app': 'the app',
  'why.link.compositor': 'the desktop',
  'why.link.capture': 'reading the picture',
  'why.link.encoder': 'the encoder',
  'why.link.negotiation': 'what was agreed',
  'why.link.network': 'the network',
  'why.link.client': 'the device',
} as const;
