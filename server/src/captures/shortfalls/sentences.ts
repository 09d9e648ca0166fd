/**
 * Why a stream is less than a device may hope for, in English; the pages have the same in other languages by the same
 * codes and values. This file imports nothing.
 */

/** What a picture goes through, in order: the first that cannot do a thing is why a stream has not got it. */
export const LINKS = [
  'app',
  'compositor',
  'capture',
  'encoder',
  'negotiation',
  'network',
  'client',
] as const;
export type Link = (typeof LINKS)[number];

/** What people look for in a stream. */
export const WISHES = ['hdr', 'hevc', 'av1', 'yuv444', 'rate'] as const;
export type Wish = (typeof WISHES)[number];

interface Wording {
  readonly link: Link;
  /** with `{name}` for a value */
  readonly says: string;
  /** what the owner can do */
  readonly remedy?: string;
}

/** Every reason there is. Values: `what` and `codec` are names of formats, `reason` is what an encoder said. */
export const SHORTFALLS = {
  'rate-app': {
    link: 'app',
    says: 'New pictures came at {frames} of the {asked} a second that were asked for: no more were drawn.',
    remedy: 'A still screen draws nothing new. A game: lower its graphics or lift its own limit.',
  },
  'hdr-x11': { link: 'compositor', says: 'The desktop is a screen of X11, which has no HDR.' },
  'rate-compositor': {
    link: 'compositor',
    says: 'The desktop handed out {frames} of the {asked} pictures a second that were asked for.',
    remedy: 'See whether the desktop still answers on its own screen.',
  },
  'hdr-capture': {
    link: 'capture',
    says: 'Pictures of this desktop are read in SDR, with 8 bits a colour: HDR is not read yet.',
  },
  'rate-capture': {
    link: 'capture',
    says: 'Reading and converting kept up with {frames} of the {asked} pictures a second that were asked for.',
    remedy: 'Choose a smaller resolution on the device, or leave the processor more room.',
  },
  'no-encoder': {
    link: 'encoder',
    says: 'No encoder of this host writes {what}. {reason}',
    remedy: 'A GPU with an encoder may: earthshine verify encoder tells what this PC has.',
  },
  'too-slow': {
    link: 'encoder',
    says: '{encoder} on this processor is too slow for {what} at {size} and {rate} Hz: it keeps up with 1280×720 at {hertz} Hz.',
    remedy: 'Choose a smaller resolution or rate on the device; an encoder on a GPU is faster.',
  },
  'rate-encoder': {
    link: 'encoder',
    says: 'The encoder kept up with {frames} of the {asked} pictures a second that were asked for.',
    remedy: 'Choose a smaller resolution, rate or bitrate on the device.',
  },
  'not-chosen': {
    link: 'negotiation',
    says: '{codec} would be written by the processor, which takes more of it than H.264: streams get it where it is chosen.',
    remedy:
      'Choose it as the best codec where the app is edited, or among the bounds of the device.',
  },
  'device-codec': {
    link: 'negotiation',
    says: 'This device is offered {codec} at the best, as its owner has chosen.',
    remedy: 'Choose another best codec among the bounds of the device.',
  },
  'app-codec': {
    link: 'negotiation',
    says: 'Streams of this app are offered {codec} at the best, as its owner has chosen.',
    remedy: 'Choose another best codec where the app is edited.',
  },
  'codec-has-none': {
    link: 'negotiation',
    says: 'The stream is {codec}, of which Moonlight has no {what}.',
    remedy: 'Choose another codec in Moonlight.',
  },
  'rate-network': {
    link: 'network',
    says: 'The network carried {frames} of the {asked} pictures a second that were asked for.',
    remedy: 'Use a cable or the 5 GHz band, or lower the bitrate on the device.',
  },
  'not-asked': {
    link: 'client',
    says: '{what} was offered, and the device asked for {asked}.',
    remedy:
      'Choose it in Moonlight’s settings. Where it is chosen, Moonlight found no decoder for it on the device.',
  },
  'rate-client': {
    link: 'client',
    says: 'The device kept up with {frames} of the {asked} pictures a second that it asked for.',
    remedy: 'Lower resolution, rate or bitrate on the device, or choose another codec there.',
  },
} as const satisfies Record<string, Wording>;

export type ShortfallCode = keyof typeof SHORTFALLS;
export const SHORTFALL_CODES = Object.keys(SHORTFALLS) as readonly ShortfallCode[];
export type ShortfallValues = Readonly<Record<string, string | number>>;

export const shortfallWording = (code: ShortfallCode): Wording => SHORTFALLS[code];

/** In English. */
export function shortfallSentence(code: ShortfallCode, values: ShortfallValues): string {
  return SHORTFALLS[code].says
    .replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '?'))
    .trim();
}
