import type { Fingerprint } from '../devices/devices.ts';
import type { Launches } from '../gamestream/launches.ts';
import type { StreamConfig } from '../gamestream/stream-config.ts';
import type { StageStatistics } from '../native/statistics.ts';
import type { AdaptationState, StreamBounds } from './adaptation/adaptation.ts';
import type { ClientReport } from './adaptation/client-report.ts';
import type { SessionState } from './session-state.ts';
import type { StreamEvent } from './stream-events.ts';

export type { SessionState };

/** One session as the admin and `ctl` show it. */
export interface SessionView {
  readonly id: number;
  readonly state: SessionState;
  readonly device: { readonly fingerprint: Fingerprint; readonly name: string };
  readonly app: { readonly id: string; readonly title: string };
  readonly address: string;
  readonly startedAt: number;
  /** kind of the picture's source; absent before its app runs */
  readonly source?: string;
  readonly config?: StreamConfig;
  /** what it says of itself; its name until the first statistics are there */
  readonly encoder?: string;
  /** last second's figures */
  readonly statistics?: StageStatistics;
  /** the same second as the client told of it */
  readonly client?: ClientReport;
  /** how the stream follows what the client tells; absent before it plays */
  readonly adaptation?: AdaptationState;
  /** milliseconds */
  readonly roundTrip?: number;
  readonly mediaRestarts: number;
  /** what happened lately, the oldest first */
  readonly events: readonly StreamEvent[];
  /** what the owner should know: no audio server, an input back end not permitted */
  readonly notices: readonly string[];
}

export type EndReason =
  | 'client-quit'
  | 'client-left'
  | 'app-ended'
  | 'owner'
  | 'revoked'
  | 'replaced'
  | 'host-stops'
  | 'fault';

export interface Sessions extends Launches {
  list(): readonly SessionView[];
  /**
   * Bounds a stream that plays, in place of what bounded it before; it is over with the stream.
   *
   * @returns false where none plays
   */
  bound(id: number, bounds: StreamBounds, reason: string): boolean;
  end(id: number, reason: EndReason): Promise<void>;
  endAll(reason: EndReason): Promise<void>;
  on(event: 'changed', listener: () => void): void;
  off(event: 'changed', listener: () => void): void;
}
