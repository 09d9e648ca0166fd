import type { Logger } from 'pino';

import type { Sessions, SessionView } from '../../sessions/sessions.ts';
import type { Recorder } from '../recorder.ts';
import { boundsOf, fixFor } from './fix.ts';
import type { Fix } from './fix.ts';
import { CHECK_MS, FixCheck, healthOf, SETTLING_MS } from './fix-check.ts';
import type { FixOutcome, Health } from './fix-check.ts';

export interface GuardedFixesOptions {
  readonly log: Logger;
  readonly sessions: Pick<Sessions, 'list' | 'bound' | 'on' | 'off'>;
  readonly recorder: Pick<Recorder, 'find' | 'samples'>;
  /** milliseconds, only ever growing */
  readonly now?: () => number;
}

/** A fix that was applied, as the owner sees it. */
export interface AppliedFix extends Fix {
  /** `undone`: by the owner; `rolled-back`: it made things worse */
  readonly state: FixOutcome | 'undone';
  /** seconds until it is known whether it stays; only while it is checked */
  readonly secondsLeft?: number;
}

/** seconds before the click with which the time after it is compared */
const SECONDS_BEFORE = 15;
const LOOK_MS = 1_000;

interface Applied {
  readonly fix: Fix;
  state: AppliedFix['state'];
  readonly check: FixCheck;
  readonly at: number;
  /** number of the first sample that counts */
  readonly from: number;
}

/**
 * Fixes of running streams, at their owner's click: each is watched for a minute and taken back by itself when things
 * got worse. A stream has one at a time; it holds until the stream ends or somebody undoes it.
 */
export class GuardedFixes {
  readonly #options: GuardedFixesOptions;
  readonly #now: () => number;
  readonly #applied = new Map<number, Applied>();
  readonly #onChanged = () => this.#forgetEnded();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: GuardedFixesOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    options.sessions.on('changed', this.#onChanged);
  }

  /** What a click would change. */
  offered(session: SessionView): Fix | undefined {
    const { adaptation, config, state, id } = session;
    const verdict = this.#options.recorder.find(id)?.verdict;
    if (state !== 'streaming' || !adaptation || !config || !verdict) return undefined;
    const had = this.#applied.get(id);
    if (had?.state === 'checking') return undefined;
    const { targetKbps, fecPercentage } = adaptation;
    const fix = fixFor(verdict, { targetKbps, fecPercentage, parity: config.video.parity });
    // What made things worse a moment ago does so again.
    return had && had.state !== 'kept' && had.fix.kind === fix?.kind ? undefined : fix;
  }

  applied(id: number): AppliedFix | undefined {
    const applied = this.#applied.get(id);
    if (!applied) return undefined;
    const left = Math.ceil((applied.at + CHECK_MS - this.#now()) / 1000);
    return {
      ...applied.fix,
      state: applied.state,
      ...(applied.state === 'checking' && { secondsLeft: Math.max(0, left) }),
    };
  }

  /** @returns false where there is nothing to fix */
  apply(id: number): boolean {
    const { sessions, log } = this.#options;
    const session = sessions.list().find((one) => one.id === id);
    const fix = session && this.offered(session);
    const before = fix && this.#health(id, this.#next(id) - SECONDS_BEFORE);
    if (!before || !sessions.bound(id, boundsOf(fix), 'a fix is tried')) return false;
    const at = this.#now();
    this.#applied.set(id, {
      ...{ fix, at, state: 'checking' },
      check: new FixCheck(before, at),
      from: this.#next(id) + SETTLING_MS / 1000,
    });
    log.info({ session: id, ...fix }, 'a fix is tried');
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
    return true;
  }

  /** @returns false where none is in force */
  undo(id: number): boolean {
    const applied = this.#applied.get(id);
    if (!applied || (applied.state !== 'checking' && applied.state !== 'kept')) return false;
    this.#takeBack(id, applied, 'undone');
    return true;
  }

  /** May be called twice. */
  close(): void {
    clearInterval(this.#timer);
    this.#options.sessions.off('changed', this.#onChanged);
  }

  #look(): void {
    const now = this.#now();
    for (const [id, applied] of this.#applied) {
      const after = applied.state === 'checking' ? this.#health(id, applied.from) : undefined;
      if (!after) continue;
      const outcome = applied.check.look(after, now);
      if (outcome === 'kept') applied.state = 'kept';
      if (outcome === 'rolled-back') this.#takeBack(id, applied, 'rolled-back');
    }
    if ([...this.#applied.values()].every(({ state }) => state !== 'checking')) {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }

  #takeBack(id: number, applied: Applied, state: 'undone' | 'rolled-back'): void {
    applied.state = state;
    const reason = state === 'undone' ? 'the fix was undone' : 'the fix made things worse';
    this.#options.sessions.bound(id, {}, reason);
    this.#options.log.info({ session: id, ...applied.fix }, reason);
  }

  /** A stream that ended or paused begins without its fix. */
  #forgetEnded(): void {
    if (this.#applied.size === 0) return;
    const streaming = new Set(
      this.#options.sessions.list().flatMap(({ id, state }) => (state === 'streaming' ? [id] : [])),
    );
    for (const id of this.#applied.keys()) if (!streaming.has(id)) this.#applied.delete(id);
  }

  #next(id: number): number {
    return this.#options.recorder.find(id)?.next ?? 0;
  }

  /** @returns undefined where it is captured no more, or nothing was measured yet */
  #health(id: number, from: number): Health | undefined {
    const capture = this.#options.recorder.find(id);
    if (!capture) return undefined;
    const { table } = this.#options.recorder.samples(id, Math.max(from, capture.lost), Infinity);
    return table.times.length === 0 ? undefined : healthOf(table, capture.verdict.severity);
  }
}
