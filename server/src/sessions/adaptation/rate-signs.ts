import type { LossView } from './loss-estimate.ts';

/** What the moment looks like. */
export interface RateSigns {
  readonly now: number;
  /** the last 500 ms, without what was before the last change */
  readonly now500: LossView;
  /** the same of the last 1.5 s */
  readonly recent: LossView;
  /** the same of the last eight seconds */
  readonly lately: LossView;
  /** tenths of a second with lost frames, of the last 1.5 s, since the last change took effect */
  readonly troubled: number;
  /** the same of the last ten seconds */
  readonly slowlyTroubled: number;
  readonly roundTripRisen: boolean;
  readonly late: boolean;
  /** milliseconds */
  readonly roundTrip: number;
  /** the most that went over the wire in one of the last seconds, kbit/s; undefined before it was measured */
  readonly sentKbps?: number;
}
