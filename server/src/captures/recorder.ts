import type { Logger } from 'pino';

import type { ObservedSession } from '../sessions/session-parts.ts';
import type { SessionView } from '../sessions/sessions.ts';
import type { Problems } from '../store/problem-list.ts';
import { streamIdentity } from './identity.ts';
import type { HostFacts } from './identity.ts';
import type { RecordingHeader, RecordingIdentity } from './recording.ts';
import type { ListedRecording, Recordings } from './recordings.ts';
import type { SampleTable } from './sample-table.ts';
import { StreamCapture } from './stream-capture.ts';
import { TOO_EARLY } from './verdict/verdict.ts';
import type { Verdict } from './verdict/verdict.ts';

/** Seconds below which a session leaves no summary. */
const LEAST_SUMMARY = 5;
/** seconds in a row after which a verdict that is bad is a problem of the owner's list */
const PROBLEM_SECONDS = 30;

/** A session's capture as the owner sees it. */
export interface CaptureView {
  readonly session: number;
  /** everything is kept from here on: milliseconds since 1970; absent: only the ring is */
  readonly recordingSince?: number;
  /** seconds in the ring, and those that are gone from it */
  readonly samples: number;
  readonly lost: number;
  /** the number that the next second gets */
  readonly next: number;
  /** of the first second, milliseconds since 1970 */
  readonly startedAt: number;
  readonly verdict: Verdict;
}

export interface RecorderParts {
  readonly log: Logger;
  readonly recordings: Recordings;
  readonly problems: Problems;
  /** each session is recorded as a whole, without anybody's asking */
  readonly always: () => boolean;
  readonly host: () => HostFacts;
}

interface Captured {
  readonly session: ObservedSession;
  readonly capture: StreamCapture;
  /** the last that was known of it: what was negotiated is gone when it ends */
  identity: RecordingIdentity | undefined;
  armed: { readonly from: number; readonly at: number } | undefined;
  badSeconds: number;
  unwatch: () => void;
}

/**
 * Captures every session that opens: a ring of its seconds is always kept, a recording is made of it where somebody
 * asked for one, and a summary when it ends.
 */
export class Recorder {
  readonly #parts: RecorderParts;
  readonly #sessions = new Map<number, Captured>();
  readonly #writing = new Set<Promise<unknown>>();

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** A session began. */
  observe(session: ObservedSession): void {
    const captured: Captured = {
      session,
      capture: new StreamCapture(),
      identity: undefined,
      armed: this.#parts.always() ? { from: 0, at: Date.now() } : undefined,
      badSeconds: 0,
      unwatch: () => undefined,
    };
    this.#sessions.set(session.id, captured);
    captured.unwatch = session.happenings.watch({
      event: (event) => {
        captured.capture.event(event);
        if (event.kind === 'state' && event.state === 'ended') this.#ended(captured);
      },
      second: (second) => {
        captured.identity = this.#identity(session.view()) ?? captured.identity;
        captured.capture.second(second, captured.identity);
        this.#watchVerdict(captured);
      },
    });
  }

  list(): CaptureView[] {
    return [...this.#sessions.values()].map(({ session, capture, armed }) => {
      const { first, next } = capture.kept;
      return {
        session: session.id,
        ...(armed && { recordingSince: armed.at }),
        samples: next - first,
        lost: first,
        next,
        startedAt: capture.startedAt,
        verdict: capture.verdict,
      };
    });
  }

  find(session: number): CaptureView | undefined {
    return this.list().find((one) => one.session === session);
  }

  /** that the ring of a session takes */
  bytes(session: number): number {
    return this.#sessions.get(session)?.capture.bytes ?? 0;
  }

  /** of its last seconds */
  verdict(session: number): Verdict {
    return this.#sessions.get(session)?.capture.verdict ?? TOO_EARLY;
  }

  /** Everything from now on is kept, until stop() or the session's end. @throws RangeError */
  start(session: number): CaptureView {
    const captured = this.#of(session);
    captured.armed ??= { from: captured.capture.kept.next, at: Date.now() };
    return this.find(session)!;
  }

  /**
   * Ends what start() began.
   *
   * @returns undefined where nothing was recorded
   * @throws RangeError when no such session runs
   */
  async stop(session: number): Promise<ListedRecording | undefined> {
    const captured = this.#of(session);
    const { armed } = captured;
    captured.armed = undefined;
    return armed ? this.#keep(captured, 'capture', armed.from) : undefined;
  }

  /** Keeps what the ring has of a session, from its beginning on. @throws RangeError */
  async save(session: number): Promise<ListedRecording | undefined> {
    return this.#keep(this.#of(session), 'capture', 0);
  }

  /** @throws RangeError when no such session runs */
  samples(
    session: number,
    from: number,
    most: number,
  ): { readonly next: number; readonly table: SampleTable } {
    return this.#of(session).capture.samples(from, most);
  }

  /** What happened in a session since a moment of its recording. @throws RangeError */
  events(session: number, since: number): ReturnType<StreamCapture['eventsSince']> {
    return this.#of(session).capture.eventsSince(since);
  }

  /** Resolves when everything that ended is written. May be called twice. */
  async close(): Promise<void> {
    for (const captured of [...this.#sessions.values()]) this.#ended(captured);
    await Promise.all(this.#writing);
    await this.#parts.recordings.settled();
  }

  #of(session: number): Captured {
    const captured = this.#sessions.get(session);
    if (!captured) throw new RangeError('No such session runs.');
    return captured;
  }

  #identity(view: SessionView): RecordingIdentity | undefined {
    return view.config && streamIdentity(view, this.#parts.host());
  }

  #ended(captured: Captured): void {
    const { session, capture, armed } = captured;
    if (this.#sessions.get(session.id) !== captured) return;
    this.#sessions.delete(session.id);
    captured.unwatch();
    const { first, next } = capture.kept;
    if (next - first >= LEAST_SUMMARY) this.#write(captured, 'summary', 0);
    if (armed && next > armed.from) this.#write(captured, 'capture', armed.from);
  }

  #write(captured: Captured, kind: RecordingHeader['kind'], from: number): void {
    const written: Promise<unknown> = this.#keep(captured, kind, from)
      .catch((error: unknown) => this.#notKept(error as Error, captured))
      .finally(() => this.#writing.delete(written));
    this.#writing.add(written);
  }

  #notKept(error: Error, { session }: Captured): void {
    this.#parts.log.warn({ err: error, session: session.id }, 'a recording could not be kept');
    this.#parts.problems.report({
      message: `The recording of a stream could not be kept: ${error.message}`,
    });
  }

  async #keep(
    { capture, identity }: Captured,
    kind: RecordingHeader['kind'],
    from: number,
  ): Promise<ListedRecording | undefined> {
    if (!identity) return undefined;
    const recording = capture.recording(
      {
        id: this.#parts.recordings.freshId(),
        kind,
        name: `${identity.app.title} · ${identity.device.name}`.slice(0, 80),
        from,
      },
      identity,
    );
    return recording && this.#parts.recordings.add(recording);
  }

  /** A stream that stays bad is a problem that the owner reads of, also when nobody was looking. */
  #watchVerdict(captured: Captured): void {
    const { verdict } = captured.capture;
    captured.badSeconds = verdict.severity === 'bad' ? captured.badSeconds + 1 : 0;
    if (captured.badSeconds !== PROBLEM_SECONDS) return;
    const device = captured.identity?.device.name;
    this.#parts.problems.report({
      ...(device !== undefined && { device }),
      message: [verdict.sentence, verdict.remedy].filter(Boolean).join(' '),
    });
  }
}
