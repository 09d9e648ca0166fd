import { StreamEvents } from '../../src/sessions/stream-events.ts';
import type { MeasuredSecond } from '../../src/sessions/stream-events.ts';
import type { SessionView } from '../../src/sessions/sessions.ts';
import { streaming } from '../admin/admin-harness.ts';

/** A session that a test drives: what is passed to it is all that happens in it. */
export class DrivenSession {
  now = 1000;
  readonly id: number;
  readonly happenings = new StreamEvents(() => this.now);
  #view: SessionView;

  constructor(id: number, change: Partial<SessionView> = {}) {
    this.id = id;
    this.#view = { ...streaming, id, ...change };
  }

  view(): SessionView {
    return this.#view;
  }

  /** The stream plays these seconds, one after the other. */
  play(seconds: readonly MeasuredSecond[]): void {
    for (const second of seconds) {
      this.now += second.statistics.interval;
      // Its own time does not count.
      this.happenings.measured(second);
    }
  }

  end(): void {
    this.happenings.pass({ kind: 'state', state: 'ended' });
  }
}
