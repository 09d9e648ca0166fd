/**
 * What a verdict says, in English; the pages have the same in other languages by the same codes and values. This file
 * imports nothing.
 */

/** The stages that can be named, in the order of a frame's way. */
export const VERDICT_STAGES = [
  'source',
  'capture',
  'convert',
  'encode',
  'send',
  'network',
  'client',
] as const;
export type VerdictStage = (typeof VERDICT_STAGES)[number];

/** `unknown`: too little was seen; `warning`: a person may notice; `bad`: a person does. */
export const VERDICT_SEVERITIES = ['unknown', 'good', 'warning', 'bad'] as const;
export type VerdictSeverity = (typeof VERDICT_SEVERITIES)[number];

/** The numbers that sentences are made with, and how each is written. */
export const VERDICT_UNITS = {
  /** new pictures a second, and what the device asks for */
  frames: 'whole',
  asked: 'whole',
  /** of all packets */
  share: 'share',
  loss: 'share',
  /** frames a second */
  dropped: 'number',
  lost: 'number',
  seconds: 'whole',
  requests: 'whole',
  latency: 'milliseconds',
  capture: 'milliseconds',
  convert: 'milliseconds',
  encode: 'milliseconds',
  spread: 'milliseconds',
  wait: 'milliseconds',
  roundTrip: 'milliseconds',
  target: 'bitrate',
  configured: 'bitrate',
} as const;
export type VerdictValue = keyof typeof VERDICT_UNITS;
export type VerdictValues = { readonly [Name in VerdictValue]?: number };

interface Wording {
  /** absent: nothing is wrong */
  readonly stage?: VerdictStage;
  /** with `{name}` for a value */
  readonly says: string;
  /** what the owner can do */
  readonly remedy?: string;
}

const BETTER_NETWORK = 'Use a cable or the 5 GHz band, or lower the bitrate on the device.';
const LESS_SENT =
  'Lower the bitrate on the device, or raise --link-kbps if the network carries more.';

/** Every verdict there is, in the order in which the rules are asked (docs/2-use/verdict.md). */
export const VERDICTS = {
  'source-gone': {
    stage: 'source',
    says: 'The desktop is gone: its last picture is shown until it is back.',
    remedy: 'Log in to the desktop again, or end the app.',
  },
  'socket-full': {
    stage: 'send',
    says: '{share} of the packets found no room in the send buffer and were thrown away.',
    remedy:
      'Lower the bitrate on the device, or allow a larger buffer: packaging/sysctl.d/60-earthshine.conf.',
  },
  'send-refused': {
    stage: 'send',
    says: 'The system refused {share} of the packets.',
    remedy: 'Look at the network card, its cable and the firewall of this machine.',
  },
  'queue-full': {
    stage: 'send',
    says: '{dropped} frames a second were dropped, because those before them took {spread} to leave.',
    remedy: LESS_SENT,
  },
  'nothing-captured': {
    stage: 'capture',
    says: 'No picture came for {seconds} s: the desktop does not answer.',
    remedy: 'Look whether the desktop hangs, and end what blocks it.',
  },
  'encode-slow': {
    stage: 'encode',
    says: '{frames} of {asked} frames: the encoder needs {encode} a frame.',
    remedy:
      'Lower the resolution or the frame rate on the device, or use an encoder of the graphics card.',
  },
  'convert-slow': {
    stage: 'convert',
    says: '{frames} of {asked} frames: converting colours and size takes {convert} a frame.',
    remedy:
      'Let the device ask for the size of the screen, and stop what else keeps the processor busy.',
  },
  'capture-slow': {
    stage: 'capture',
    says: '{frames} of {asked} frames: reading a picture from the desktop takes {capture}.',
    remedy: 'Lower the resolution of the desktop, and stop what else keeps the machine busy.',
  },
  'send-slow': {
    stage: 'send',
    says: 'Frames wait {wait} behind those before them until they leave.',
    remedy: LESS_SENT,
  },
  'packets-injected': {
    stage: 'network',
    says: '{loss} of the packets are lost: they are dropped on purpose (--drop).',
    remedy: 'Start the host without --drop.',
  },
  'packets-lost': {
    stage: 'network',
    says: 'The network loses {loss} of the packets, and {lost} frames a second are not shown.',
    remedy: BETTER_NETWORK,
  },
  'packets-repaired': {
    stage: 'network',
    says: 'The network loses {loss} of the packets; repair packets make up for them.',
    remedy: BETTER_NETWORK,
  },
  'network-narrow': {
    stage: 'network',
    says: 'The network carries {target} of the {configured} that the device asks for.',
    remedy: BETTER_NETWORK,
  },
  'network-late': {
    stage: 'network',
    says: 'Packets take {roundTrip} to the device and back.',
    remedy: 'Use a cable or the 5 GHz band, and stop what else fills the network.',
  },
  'decoder-behind': {
    stage: 'client',
    says: 'The device asked for {requests} keyframes in {seconds} s though nothing was lost: it decodes too slowly.',
    remedy: 'Lower the resolution or the frame rate on the device, or choose another codec there.',
  },
  'source-slow': {
    stage: 'source',
    says: '{frames} of {asked} frames: no more are drawn. The host takes {latency} for each, so it is the app or the desktop that is slow.',
    remedy: 'Lower the graphics settings of the game, or stop what else keeps the machine busy.',
  },
  still: { says: 'Nothing moves on the screen, so little is sent.' },
  'all-that-is-drawn': { says: 'All {frames} pictures a second that are drawn arrive.' },
  smooth: { says: '{frames} of {asked} frames, {latency} from the screen to the network.' },
  'too-early': { says: 'Not enough was seen yet to judge the stream.' },
} as const satisfies Record<string, Wording>;

export type VerdictCode = keyof typeof VERDICTS;
export const VERDICT_CODES = Object.keys(VERDICTS) as readonly VerdictCode[];

export const wordingOf = (code: VerdictCode): Wording => VERDICTS[code];

/** In English. */
export function verdictSentence(code: VerdictCode, values: VerdictValues): string {
  return wordingOf(code).says.replace(/\{(\w+)\}/g, (_, name: VerdictValue) =>
    written(VERDICT_UNITS[name], values[name] ?? 0),
  );
}

function written(unit: (typeof VERDICT_UNITS)[VerdictValue], value: number): string {
  const short = value < 10 ? value.toFixed(1) : String(Math.round(value));
  switch (unit) {
    case 'whole':
      return String(Math.round(value));
    case 'number':
      return short;
    case 'share':
      return `${short} %`;
    case 'milliseconds':
      return `${short} ms`;
    case 'bitrate':
      return value >= 1000 ? `${(value / 1000).toFixed(1)} Mbit/s` : `${Math.round(value)} kbit/s`;
  }
}
