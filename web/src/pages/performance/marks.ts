import type { RecordedEvent } from '../../api/contract.ts';

/** Something that happened, as a mark over the graphs. */
export interface Mark {
  /** milliseconds since the recording began */
  readonly at: number;
  readonly kind: string;
  readonly event: RecordedEvent;
  /** how often it happened within the moment */
  readonly count: number;
}

/** What is worth a line over every graph. */
const MARKED = new Set([
  'state',
  'adapted',
  'media-restarted',
  'address',
  'mode',
  'permission',
  'notice',
  'fault',
  'keyframe-requested',
  'invalidation-requested',
  'loss-reported',
]);
/** milliseconds in which the same is one mark */
const MOMENT = 1_000;
const MOST_MARKS = 400;

/** The newest ones, those of one kind that come close together as one. */
export function marksOf(events: readonly RecordedEvent[]): Mark[] {
  const marks: Mark[] = [];
  const last = new Map<string, number>();
  for (const event of events) {
    if (!MARKED.has(event.kind)) continue;
    const before = last.get(event.kind);
    if (before !== undefined && event.at - marks[before]!.at < MOMENT) {
      marks[before] = { ...marks[before]!, count: marks[before]!.count + 1 };
      continue;
    }
    last.set(event.kind, marks.length);
    marks.push({ at: event.at, kind: event.kind, event, count: 1 });
  }
  return marks.slice(-MOST_MARKS);
}
