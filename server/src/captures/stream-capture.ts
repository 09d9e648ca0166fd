import type { MeasuredSecond, StreamEvent } from '../sessions/stream-events.ts';
import { boundedFindings, MOST_EVENTS, MOST_SAMPLES } from './recording.ts';
import type { Recording, RecordingHeader, RecordingIdentity } from './recording.ts';
import { folded, mean, measured, quantile } from './sample-table.ts';
import type { SampleTable } from './sample-table.ts';
import { SampleRing } from './sample-ring.ts';
import type { VerdictContext } from './verdict/signs.ts';
import { judge, judgeAll, TOO_EARLY, WINDOW } from './verdict/verdict.ts';
import type { Verdict } from './verdict/verdict.ts';

/** Points that a summary has at the most, however long its session was. */
export const SUMMARY_POINTS = 180;

/** milliseconds after the picture began (anew), in which figures say little */
const SETTLING = 3_000;

/** What a recording needs beside what was measured. */
export interface RecordingMaking {
  readonly id: string;
  readonly kind: RecordingHeader['kind'];
  readonly name: string;
  /** the number of the first row that is wanted */
  readonly from: number;
}

/** One session as it is captured: its last hours, what happened in them, and what is to be said of it now. */
export class StreamCapture {
  readonly #ring: SampleRing;
  readonly #events: StreamEvent[] = [];
  /** of the first second, on the clock of the events and as a time of day */
  #origin: number | undefined;
  #startedAt = 0;
  #settledAt = -Infinity;
  #goneSince: number | undefined;
  readonly #gone: [number, number][] = [];
  #leastRoundTrip: number | undefined;
  #verdict: Verdict = TOO_EARLY;

  constructor(capacity = MOST_SAMPLES) {
    this.#ring = new SampleRing(capacity);
  }

  /** of the last seconds */
  get verdict(): Verdict {
    return this.#verdict;
  }

  /** numbers of the oldest second that is kept and of the one to come */
  get kept(): { readonly first: number; readonly next: number } {
    return { first: this.#ring.first, next: this.#ring.next };
  }

  get bytes(): number {
    return this.#ring.bytes;
  }

  /** milliseconds since 1970; 0 before the first second */
  get startedAt(): number {
    return this.#startedAt;
  }

  /** @param identity of the stream at present; it has none before it was negotiated */
  second(second: MeasuredSecond, identity: RecordingIdentity | undefined): void {
    if (this.#origin === undefined) {
      this.#origin = second.at - second.statistics.interval;
      this.#startedAt = Math.round(performance.timeOrigin + this.#origin);
    }
    this.#ring.push(second);
    const { roundTrip } = second;
    if (roundTrip !== undefined) {
      this.#leastRoundTrip = Math.min(roundTrip, this.#leastRoundTrip ?? roundTrip);
    }
    this.#verdict = this.#judge(second.at, identity);
  }

  event(event: StreamEvent): void {
    this.#events.push(event);
    if (this.#events.length > MOST_EVENTS) this.#events.shift();
    switch (event.kind) {
      case 'state':
        if (event.state === 'streaming') this.#settledAt = event.at + SETTLING;
        else this.#verdict = TOO_EARLY;
        break;
      case 'media-restarted':
      case 'address':
        this.#settledAt = event.at + SETTLING;
        break;
      case 'notice':
        if (event.part === 'source') this.#source(event.message !== undefined, event.at);
        break;
      default:
    }
  }

  /** Rows from number `from` on, in about `most` points, and the number that the next row will have. */
  samples(from: number, most: number): { readonly next: number; readonly table: SampleTable } {
    return { next: this.#ring.next, table: folded(this.#table(from), most) };
  }

  /** What happened since a moment, milliseconds since the recording began. */
  eventsSince(moment: number): StreamEvent[] {
    return this.#recorded(0).filter(({ at }) => at >= moment);
  }

  /** @returns undefined while there is too little of it */
  recording(
    { id, kind, name, from }: RecordingMaking,
    identity: RecordingIdentity,
  ): Recording | undefined {
    const begin = Math.max(from, this.#ring.first);
    const table = rebased(this.#table(begin));
    if (table.times.length === 0 || this.#origin === undefined) return undefined;
    const shift = this.#table(begin, begin + 1).times[0]! - table.times[0]!;
    const { verdict, findings } = judgeAll(
      table,
      this.#context(identity, false),
      this.#goneSpans(shift),
    );
    const shown = kind === 'summary' ? folded(table, SUMMARY_POINTS) : table;
    return {
      header: {
        id,
        kind,
        name,
        note: '',
        pinned: false,
        imported: false,
        startedAt: Math.round(this.#startedAt + shift),
        duration: Math.round(table.times.at(-1)!),
        samples: shown.times.length,
        truncated: this.#ring.first > from,
        identity,
        verdict,
        findings: boundedFindings(findings),
        figures: listFigures(table),
      },
      table: shown,
      events:
        kind === 'summary' ? this.#recorded(shift).slice(-SUMMARY_POINTS) : this.#recorded(shift),
    };
  }

  #judge(at: number, identity: RecordingIdentity | undefined): Verdict {
    if (!identity?.video) return TOO_EARLY;
    const { next } = this.#ring;
    const table = this.#table(Math.max(this.#ring.first, next - WINDOW));
    const since = Math.max(this.#settledAt, at - WINDOW * 1000 - 1500) - this.#origin!;
    const first = table.times.findIndex((time) => time > since);
    if (first < 0) return TOO_EARLY;
    const recent = first === 0 ? table : this.#table(next - table.times.length + first);
    return judge(recent, this.#context(identity, this.#goneSince !== undefined));
  }

  #context({ video, source }: RecordingIdentity, sourceGone: boolean): VerdictContext {
    return {
      framesPerSecond: video?.framesPerSecond ?? 60,
      continuous: source === 'test-pattern',
      sourceGone,
      leastRoundTrip: this.#leastRoundTrip,
    };
  }

  #table(from: number, to?: number): SampleTable {
    return this.#ring.table(from, this.#origin ?? 0, to);
  }

  #source(isGone: boolean, at: number): void {
    if (isGone) this.#goneSince ??= at;
    else if (this.#goneSince !== undefined) {
      this.#gone.push([this.#goneSince, at]);
      this.#goneSince = undefined;
    }
  }

  #goneSpans(shift: number): [number, number][] {
    const origin = (this.#origin ?? 0) + shift;
    const open: [number, number][] =
      this.#goneSince === undefined ? [] : [[this.#goneSince, Infinity]];
    return [...this.#gone, ...open].map(([from, to]) => [from - origin, to - origin]);
  }

  #recorded(shift: number): StreamEvent[] {
    const origin = (this.#origin ?? 0) + shift;
    return this.#events
      .map((event) => ({ ...event, at: event.at - origin }))
      .filter(({ at }) => at >= 0);
  }
}

/** Times begin with the first second's beginning. */
function rebased({ times, columns }: SampleTable): SampleTable {
  if (times.length === 0) return { times, columns };
  const begin = times[0]! - (columns.get('interval')?.[0] ?? 1000);
  return { times: times.map((time) => time - begin), columns };
}

function listFigures(table: SampleTable): Record<string, number> {
  const interval = measured(table, 'interval').reduce((sum, each) => sum + each, 0);
  const figures: Record<string, number | undefined> = {
    newFrames:
      interval > 0
        ? (measured(table, 'framesNew').reduce((sum, each) => sum + each, 0) * 1000) / interval
        : undefined,
    hostLatency: quantile(measured(table, 'hostLatency.p50'), 0.5),
    hostLatencyP99: quantile(measured(table, 'hostLatency.p99'), 0.5),
    loss: mean(table, 'client.lossPercentage'),
    roundTrip: quantile(measured(table, 'roundTrip'), 0.5),
  };
  return Object.fromEntries(
    Object.entries(figures).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Math.round(value * 1000) / 1000]],
    ),
  );
}
