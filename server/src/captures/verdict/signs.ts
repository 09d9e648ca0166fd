import { mean, measured, quantile, sum } from '../sample-table.ts';
import type { SampleTable } from '../sample-table.ts';

/** What is known of a stream beside its figures. */
export interface VerdictContext {
  /** the client's rate, frames per second */
  readonly framesPerSecond: number;
  /** the source has a new picture whenever one is asked for: the test pattern */
  readonly continuous: boolean;
  /** its last picture is shown in its place */
  readonly sourceGone: boolean;
  /** the shortest round trip of the stream so far, ms */
  readonly leastRoundTrip?: number | undefined;
}

/** A stretch of seconds, as the rules look at it. Times are milliseconds, rates per second; unknown is undefined. */
export interface Signs {
  readonly seconds: number;
  readonly asked: number;
  /** of one frame at the client's rate */
  readonly budget: number;
  readonly continuous: boolean;
  readonly sourceGone: boolean;
  readonly newFrames: number;
  readonly sentFrames: number;
  readonly dropped: number;
  readonly overwritten: number;
  readonly captureWait: number | undefined;
  readonly capture: number | undefined;
  readonly encodeWait: number | undefined;
  readonly convert: number | undefined;
  readonly encode: number | undefined;
  readonly sendWait: number | undefined;
  readonly hostLatency: number | undefined;
  readonly spread: number | undefined;
  /** share of the time that the capture thread is at work, and the encoder's thread, 0…1 */
  readonly captureBusy: number;
  readonly encodeBusy: number;
  /** how much of the picture a new one changes, per cent */
  readonly changedArea: number | undefined;
  /** seconds with few new pictures but some, as a share of all */
  readonly steadilySlow: number;
  /** per cent of the packets */
  readonly sendDrops: number;
  readonly sendErrors: number;
  readonly injected: number;
  readonly loss: number | undefined;
  readonly reportsBlocks: boolean;
  readonly damagedBlocks: number;
  readonly framesLost: number;
  /** in the whole stretch */
  readonly keyframeRequests: number;
  readonly roundTrip: number | undefined;
  readonly leastRoundTrip: number | undefined;
  readonly targetKbps: number | undefined;
  readonly configuredKbps: number | undefined;
}

/** From so many new pictures a second on, a film or a slow game may be all there is. */
export const SLOWEST_FILM = 20;
/** Below so many a person types, scrolls or looks at a clock. */
const HARDLY_MOVING = 3;

/** The columns that signs are reckoned from. */
export const SIGN_COLUMNS: readonly string[] = [
  'interval',
  ...['framesNew', 'framesRepeated', 'framesDropped', 'framesOverwritten', 'changedArea'],
  ...[
    'captureWait',
    'capture',
    'encodeWait',
    'convert',
    'encode',
    'sendWait',
    'hostLatency',
    'spread',
  ].flatMap((stage) => [`${stage}.mean`, `${stage}.count`]),
  ...['videoPackets', 'sendDrops', 'sendErrors', 'injectedDrops'],
  ...['lossPercentage', 'damagedBlocks', 'framesLost', 'keyframeRequests'].map(
    (name) => `client.${name}`,
  ),
  ...['roundTrip', 'targetKbps', 'configuredKbps'],
];

/** Reckons what the rules look at. The table has a row at least. */
export function signsOf(table: SampleTable, context: VerdictContext): Signs {
  const milliseconds = sum(table, 'interval') ?? 0;
  const counted = (name: string): number => sum(table, name) ?? 0;
  const perSecond = (name: string): number =>
    milliseconds > 0 ? (counted(name) * 1000) / milliseconds : 0;
  const packets = counted('videoPackets');
  const ofPackets = (name: string): number =>
    packets > 0
      ? (100 * counted(name)) / (packets + (name === 'sendDrops' ? counted(name) : 0))
      : 0;
  const busy = (...stages: string[]): number =>
    milliseconds > 0
      ? stages.reduce(
          (time, stage) => time + (mean(table, `${stage}.mean`) ?? 0) * counted(`${stage}.count`),
          0,
        ) / milliseconds
      : 0;
  const asked = context.framesPerSecond;
  return {
    seconds: milliseconds / 1000,
    asked,
    budget: 1000 / asked,
    continuous: context.continuous,
    sourceGone: context.sourceGone,
    newFrames: perSecond('framesNew'),
    sentFrames: perSecond('framesNew') + perSecond('framesRepeated'),
    dropped: perSecond('framesDropped'),
    overwritten: perSecond('framesOverwritten'),
    captureWait: mean(table, 'captureWait.mean'),
    capture: mean(table, 'capture.mean'),
    encodeWait: mean(table, 'encodeWait.mean'),
    convert: mean(table, 'convert.mean'),
    encode: mean(table, 'encode.mean'),
    sendWait: mean(table, 'sendWait.mean'),
    hostLatency: mean(table, 'hostLatency.mean'),
    spread: mean(table, 'spread.mean'),
    captureBusy: busy('capture', 'convert'),
    encodeBusy: busy('encode'),
    changedArea: mean(table, 'changedArea'),
    steadilySlow: steadilySlow(table),
    sendDrops: ofPackets('sendDrops'),
    sendErrors: ofPackets('sendErrors'),
    injected: ofPackets('injectedDrops'),
    loss: mean(table, 'client.lossPercentage'),
    reportsBlocks: table.columns.has('client.damagedBlocks'),
    damagedBlocks: counted('client.damagedBlocks'),
    framesLost: perSecond('client.framesLost'),
    keyframeRequests: counted('client.keyframeRequests'),
    roundTrip: quantile(measured(table, 'roundTrip'), 0.5),
    leastRoundTrip: context.leastRoundTrip,
    targetKbps: quantile(measured(table, 'targetKbps'), 0.5),
    configuredKbps: measured(table, 'configuredKbps').at(-1),
  };
}

function steadilySlow(table: SampleTable): number {
  const frames = table.columns.get('framesNew');
  const intervals = table.columns.get('interval');
  if (!frames || !intervals || frames.length === 0) return 0;
  const slow = frames.filter((count, row) => {
    const rate = (count * 1000) / intervals[row]!;
    return rate >= HARDLY_MOVING && rate < SLOWEST_FILM;
  });
  return slow.length / frames.length;
}
