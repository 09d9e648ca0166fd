import { STATISTIC_NAMES, STATISTICS } from '../native/statistics.ts';
import type { Percentiles, StatisticName } from '../native/statistics.ts';
import type { ClientReport } from '../sessions/adaptation/client-report.ts';
import type { MeasuredSecond } from '../sessions/stream-events.ts';

/**
 * How several seconds become one: counts add up, a level keeps its last value, a share is weighed by the time that it
 * held. Percentiles are never averaged: the middle one of the medians, the largest of the others.
 */
export type Fold = 'sum' | 'last' | 'mean' | 'median' | 'max';

/** One figure of each second of a capture. */
export interface Column {
  /** its name in recordings: `encode.p95`, `framesNew` */
  readonly name: string;
  readonly says: string;
  readonly fold: Fold;
  /** the column whose count weighs a mean; absent: the length of the second does */
  readonly weight?: string;
  /** digits behind the point that are kept */
  readonly decimals: number;
  /** @returns undefined for what was not measured */
  readonly read: (second: MeasuredSecond) => number | undefined;
}

/** The figures of one duration, in milliseconds; see Percentiles. */
const PARTS = ['count', 'mean', 'p50', 'p95', 'p99', 'max'] as const;
const FOLDS = {
  count: 'sum',
  mean: 'mean',
  p50: 'median',
  p95: 'max',
  p99: 'max',
  max: 'max',
} as const;

function spreadColumns(name: StatisticName): Column[] {
  return PARTS.map((part) => ({
    name: `${name}.${part}`,
    says: `${STATISTICS[name].says}: ${part === 'count' ? 'how many' : `${part}, ms`}`,
    fold: FOLDS[part],
    ...(part === 'mean' && { weight: `${name}.count` }),
    decimals: part === 'count' ? 0 : 3,
    read: ({ statistics }) => {
      const measured = statistics[name] as Percentiles | undefined;
      if (!measured || measured.count === 0) return undefined;
      return part === 'count' ? measured.count : measured[part] / 1000;
    },
  }));
}

function numberColumn(name: StatisticName, fold: Fold): Column {
  return {
    name,
    says: STATISTICS[name].says,
    fold,
    decimals: fold === 'mean' ? 1 : 0,
    ...(fold === 'mean' && { weight: 'framesNew' }),
    read: ({ statistics }) => statistics[name] as number | undefined,
  };
}

const ofPipeline = STATISTIC_NAMES.flatMap((name): Column[] => {
  switch (STATISTICS[name].kind) {
    case 'spread':
      return spreadColumns(name);
    case 'number':
      return [numberColumn(name, 'sum')];
    case 'level':
    case 'later':
      return [numberColumn(name, 'last')];
    case 'average':
      return [numberColumn(name, 'mean')];
    default:
      // Words are told by the recording's head and its events.
      return [];
  }
});

function clientColumn(name: keyof ClientReport, says: string, fold: Fold, decimals = 0): Column {
  return { name: `client.${name}`, says, fold, decimals, read: ({ client }) => client?.[name] };
}

const ofClient: readonly Column[] = [
  clientColumn('lossPercentage', 'share of the packets that the client lost, per cent', 'mean', 3),
  clientColumn('damagedBlocks', 'blocks that lost packets', 'sum'),
  clientColumn('recoveredBlocks', 'of these, whole again by parity', 'sum'),
  clientColumn('recoveredFrames', 'frames that parity saved', 'sum'),
  clientColumn('recoveredPackets', 'packets that parity made up for', 'sum'),
  clientColumn('framesLost', 'frames that were not shown, as far as the client tells', 'sum'),
  clientColumn('keyframeRequests', 'keyframes that the client asked for', 'sum'),
  clientColumn('invalidationRequests', 'lost frames that the client named', 'sum'),
];

const ofSession: readonly Column[] = [
  {
    name: 'roundTrip',
    says: 'to the client and back, ms',
    fold: 'mean',
    decimals: 2,
    read: ({ roundTrip }) => roundTrip,
  },
  {
    name: 'targetKbps',
    says: 'for everything on the wire, at present, kbit/s',
    fold: 'last',
    decimals: 0,
    read: ({ adaptation }) => adaptation?.targetKbps,
  },
  {
    name: 'configuredKbps',
    says: 'for everything on the wire, as the client’s user set it, kbit/s',
    fold: 'last',
    decimals: 0,
    read: ({ adaptation }) => adaptation?.configuredKbps,
  },
];

/** Every figure of a second, in the order of recordings and tables. */
export const COLUMNS: readonly Column[] = [...ofPipeline, ...ofClient, ...ofSession];

const byName = new Map(COLUMNS.map((column, index) => [column.name, { column, index }]));

/** @returns undefined for a name that this version does not know */
export function columnNamed(name: string): { column: Column; index: number } | undefined {
  return byName.get(name);
}
