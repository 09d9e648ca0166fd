/** Times in microseconds; a figure that was not measured is absent, never 0. */
export interface Percentiles {
  readonly count: number;
  /** means of stages that follow each other add up; percentiles do not */
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** How packets leave: with segmentation offload, in batches, one by one; `none`: nothing was sent yet. */
export const SEND_METHODS = ['gso', 'sendmmsg', 'send', 'none'] as const;
export type SendMethod = (typeof SEND_METHODS)[number];

/** What the system granted a thread: real-time class, a better nice value, or nothing. */
export const THREAD_CLASSES = ['realtime', 'nice', 'normal'] as const;
export type ThreadClass = (typeof THREAD_CLASSES)[number];

export const STREAM_THREADS = ['capture', 'encode', 'send', 'audio'] as const;

interface Values {
  /** how long something took, per frame of the interval; absent when there was none */
  readonly spread: Percentiles | undefined;
  /** a count of the interval */
  readonly number: number;
  /** a number that holds at its end */
  readonly level: number;
  /** the same, of what is not known from the beginning */
  readonly later: number | undefined;
  /** a mean of the interval's new pictures; absent when there was none */
  readonly average: number | undefined;
  readonly text: string | undefined;
  readonly sendMethod: SendMethod;
  readonly threads: Readonly<Record<(typeof STREAM_THREADS)[number], ThreadClass>>;
}

/** @param says what it is, with its unit, for the API's document */
const of =
  <Kind extends keyof Values>(kind: Kind) =>
  (says: string): { readonly kind: Kind; readonly says: string } => ({ kind, says });
const spread = of('spread');
const number = of('number');
const level = of('level');
const later = of('later');
const average = of('average');

/**
 * Every figure that the native pipeline measures of a viewer's last interval (about a second). The type, the API's
 * shape and what it serves are made from these rows; server/test/native/statistics.test.ts holds them to the ones that
 * the pipeline lists (native/src/pipeline/viewer_statistics.h). This file imports nothing.
 */
export const STATISTICS = {
  interval: number('milliseconds that the figures cover'),

  hostLatency: spread(
    'change on the screen → first packet, of new pictures; the means of the next six add up to it',
  ),
  captureWait: spread('change on the screen → capture: waiting for the frame’s time and for room'),
  capture: spread('the source’s picture into memory'),
  convert: spread('colours and scale'),
  encodeWait: spread('captured and converted → taken by the encoder'),
  encode: spread('the encoder’s time for a picture'),
  sendWait: spread('encoded → first packet: copying, the frames before it, the pacer'),

  packetize: spread('copy, headers, parity and seal of a frame'),
  send: spread('handing a frame’s packets to the kernel, pauses left out'),
  spread: spread('first packet of a frame → last, pauses included'),
  changedArea: average('how much of the screen a new picture changes, per cent'),

  framesNew: number('frames of a new picture'),
  framesRepeated: number('frames of the picture before'),
  framesDropped: number(
    'encoded, but dropped before they had a number: the sender’s queue was full, or no address known',
  ),
  framesOverwritten: number('captured, but a newer picture came before the encoder had time'),
  keyframes: number('keyframes that were sent'),
  keyframesMerged: number('requests that a keyframe on its way answered already'),
  invalidations: number('losses healed without a keyframe'),
  encodedBytes: number('bytes of encoded video'),

  videoPackets: number('video packets'),
  videoBytes: number('bytes of video on the wire, parity included'),
  audioPackets: number('sound packets'),
  audioBytes: number('bytes of sound on the wire'),
  sendDrops: number('packets that found no room in the socket'),
  sendErrors: number(
    'packets that the system refused, with ECONNREFUSED and the like; never fatal',
  ),
  injectedDrops: number('packets dropped on purpose (--drop)'),
  sendMethod: of('sendMethod')('how packets leave at present'),
  sendBuffer: later('bytes for packets that wait to leave, as the kernel granted them'),
  sendBufferAsked: later('bytes that were asked for'),

  encoderKbps: level('the encoder’s target'),
  fecPercentage: level('parity, per cent of a frame’s data packets'),
  encodeViewers: level('streams that share this encoder, this one included'),
  encoder: of('text')('what the encoder says of itself: name, effort, slices, threads, level'),
  threads: of('threads')('what the system granted them'),
} as const;

type Rows = typeof STATISTICS;
export type StatisticName = keyof Rows;
export type StatisticKind = keyof Values;

type Sometimes = {
  [Name in StatisticName]: undefined extends Values[Rows[Name]['kind']] ? Name : never;
}[StatisticName];

/** One viewer's last interval, read from the native pipeline. */
export type StageStatistics = {
  readonly [Name in Exclude<StatisticName, Sometimes>]: Values[Rows[Name]['kind']];
} & {
  readonly [Name in Sometimes]?: NonNullable<Values[Rows[Name]['kind']]>;
};

export const STATISTIC_NAMES = Object.keys(STATISTICS) as readonly StatisticName[];
