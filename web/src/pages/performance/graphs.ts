import { perSecond, plain } from './series.ts';
import type { Series } from './series.ts';

/** Colours by what they stand for; colour-blind people tell them apart (Okabe and Ito), and waiting is hatched. */
export type Ink = 'sky' | 'green' | 'orange' | 'pink' | 'red' | 'blue' | 'text' | 'faint';

export type LineName =
  | 'captureWait'
  | 'capture'
  | 'convert'
  | 'encodeWait'
  | 'encode'
  | 'sendWait'
  | 'p50'
  | 'p95'
  | 'p99'
  | 'new'
  | 'repeated'
  | 'dropped'
  | 'sent'
  | 'target'
  | 'configured'
  | 'lost'
  | 'parity'
  | 'notShown'
  | 'recovered'
  | 'keyframes'
  | 'first'
  | 'second'
  | 'roundTrip';

export interface Line {
  readonly name: LineName;
  readonly ink: Ink;
  /** areas lie on each other in their order, and lines are drawn over them */
  readonly shape: 'area' | 'waiting' | 'line' | 'dashed' | 'dotted';
  readonly values: (series: Series) => readonly (number | null)[];
  /** not shown until it is asked for */
  readonly hidden?: true;
}

export type GraphName = 'latency' | 'frames' | 'bitrate' | 'loss' | 'repair' | 'roundTrip';
export type GraphUnit = 'ms' | 'fps' | 'mbps' | '%' | 'count';

export interface Graph {
  readonly name: GraphName;
  readonly unit: GraphUnit;
  readonly lines: readonly Line[];
  /** what nothing should cross, or what should be met, at the client's rate */
  readonly limit?: (framesPerSecond: number) => number;
}

const stage = (name: LineName, ink: Ink, shape: Line['shape'] = 'area'): Line => ({
  name,
  ink,
  shape,
  values: (series) => plain(series, `${name}.mean`),
});

const percentile = (name: 'p50' | 'p95' | 'p99', shape: Line['shape']): Line => ({
  name,
  ink: 'text',
  shape,
  values: (series) => plain(series, `hostLatency.${name}`),
});

/** Every graph of a stream, in the order of the page. */
export const GRAPHS: readonly Graph[] = [
  {
    name: 'latency',
    unit: 'ms',
    lines: [
      stage('captureWait', 'sky', 'waiting'),
      stage('capture', 'sky'),
      stage('convert', 'green'),
      stage('encodeWait', 'orange', 'waiting'),
      stage('encode', 'orange'),
      stage('sendWait', 'pink', 'waiting'),
      percentile('p50', 'line'),
      percentile('p95', 'dashed'),
      percentile('p99', 'dotted'),
    ],
    limit: (framesPerSecond) => 1000 / framesPerSecond,
  },
  {
    name: 'frames',
    unit: 'fps',
    lines: [
      { name: 'new', ink: 'sky', shape: 'area', values: (s) => perSecond(s, 'framesNew') },
      {
        name: 'repeated',
        ink: 'faint',
        shape: 'waiting',
        values: (s) => perSecond(s, 'framesRepeated'),
      },
      { name: 'dropped', ink: 'red', shape: 'line', values: (s) => perSecond(s, 'framesDropped') },
    ],
    limit: (framesPerSecond) => framesPerSecond,
  },
  {
    name: 'bitrate',
    unit: 'mbps',
    lines: [
      {
        name: 'sent',
        ink: 'green',
        shape: 'area',
        values: (s) => perSecond(s, 'videoBytes', 8e-6),
      },
      { name: 'target', ink: 'text', shape: 'line', values: (s) => plain(s, 'targetKbps', 1e-3) },
      {
        name: 'configured',
        ink: 'faint',
        shape: 'dashed',
        values: (s) => plain(s, 'configuredKbps', 1e-3),
      },
    ],
  },
  {
    name: 'loss',
    unit: '%',
    lines: [
      { name: 'lost', ink: 'red', shape: 'area', values: (s) => plain(s, 'client.lossPercentage') },
      {
        name: 'parity',
        ink: 'faint',
        shape: 'dashed',
        values: (s) => plain(s, 'fecPercentage'),
        hidden: true,
      },
    ],
  },
  {
    name: 'repair',
    unit: 'count',
    lines: [
      {
        name: 'notShown',
        ink: 'red',
        shape: 'area',
        values: (s) => perSecond(s, 'client.framesLost'),
      },
      {
        name: 'recovered',
        ink: 'green',
        shape: 'line',
        values: (s) => perSecond(s, 'client.recoveredFrames'),
      },
      {
        name: 'keyframes',
        ink: 'orange',
        shape: 'dashed',
        values: (s) => perSecond(s, 'client.keyframeRequests'),
      },
    ],
  },
  {
    name: 'roundTrip',
    unit: 'ms',
    lines: [
      { name: 'roundTrip', ink: 'blue', shape: 'line', values: (s) => plain(s, 'roundTrip') },
    ],
  },
];

/** Counts that a table shows beside the graphs; what was not measured is a dash. */
export const COUNTERS = [
  'framesOverwritten',
  'framesDropped',
  'keyframes',
  'keyframesMerged',
  'invalidations',
  'videoPackets',
  'sendDrops',
  'sendErrors',
  'injectedDrops',
  'client.damagedBlocks',
  'client.recoveredPackets',
  'client.framesLost',
  'client.keyframeRequests',
  'client.invalidationRequests',
] as const;
export type CounterName = (typeof COUNTERS)[number];

/** The columns that the page keeps. */
export const KEPT_COLUMNS: ReadonlySet<string> = new Set([
  'interval',
  ...['captureWait', 'capture', 'convert', 'encodeWait', 'encode', 'sendWait', 'spread'].map(
    (name) => `${name}.mean`,
  ),
  ...['p50', 'p95', 'p99'].map((part) => `hostLatency.${part}`),
  ...['framesNew', 'framesRepeated', 'videoBytes', 'targetKbps', 'configuredKbps', 'fecPercentage'],
  ...['client.lossPercentage', 'client.recoveredFrames', 'roundTrip'],
  ...COUNTERS,
]);
