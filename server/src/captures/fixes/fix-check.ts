import { measured, quantile } from '../sample-table.ts';
import type { SampleTable } from '../sample-table.ts';
import { VERDICT_SEVERITIES } from '../verdict/sentences.ts';
import type { VerdictSeverity } from '../verdict/sentences.ts';

/** How well a stretch of a stream went, by what its player notices. What the game draws is no part of it. */
export interface Health {
  readonly severity: VerdictSeverity;
  /** frames a second that were dropped here or not shown there */
  readonly missing: number;
  /** milliseconds */
  readonly roundTrip: number | undefined;
}

/** milliseconds from the click to the end of the check */
export const CHECK_MS = 60_000;
/** milliseconds in which a change shows; what was measured in them counts for neither side */
export const SETTLING_MS = 4_000;
/** What is worse for so many looks in a row, one a second, is not waited for any longer. */
const MOST_WORSE = 6;

export function healthOf(table: SampleTable, severity: VerdictSeverity): Health {
  const total = (name: string) => measured(table, name).reduce((sum, each) => sum + each, 0);
  const seconds = total('interval') / 1000;
  const missing = total('framesDropped') + total('client.framesLost');
  return {
    severity,
    missing: seconds > 0 ? missing / seconds : 0,
    roundTrip: quantile(measured(table, 'roundTrip'), 0.5),
  };
}

/** Better margins than chance has: nothing is rolled back for one lost frame. */
export function isWorse(before: Health, after: Health): boolean {
  const rank = ({ severity }: Health) => VERDICT_SEVERITIES.indexOf(severity);
  const queues =
    before.roundTrip !== undefined &&
    after.roundTrip !== undefined &&
    after.roundTrip > before.roundTrip * 1.5 + 20;
  return rank(after) > rank(before) || after.missing > before.missing * 1.25 + 0.5 || queues;
}

export type FixOutcome = 'checking' | 'kept' | 'rolled-back';

/** Watches one fix for its minute. */
export class FixCheck {
  readonly #before: Health;
  readonly #began: number;
  #worse = 0;

  /** @param now milliseconds, only ever growing */
  constructor(before: Health, now: number) {
    this.#before = before;
    this.#began = now;
  }

  /** @param after of all that was measured since the change showed; once a second */
  look(after: Health, now: number): FixOutcome {
    const age = now - this.#began;
    if (age < SETTLING_MS) return 'checking';
    this.#worse = isWorse(this.#before, after) ? this.#worse + 1 : 0;
    if (this.#worse >= MOST_WORSE) return 'rolled-back';
    if (age < CHECK_MS) return 'checking';
    return this.#worse > 0 ? 'rolled-back' : 'kept';
  }
}
