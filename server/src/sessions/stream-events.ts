import type { Permission } from '../devices/permissions.ts';
import type { MediaPlane } from '../native/media-addon.ts';
import type { StageStatistics } from '../native/statistics.ts';
import type { AdaptationState } from './adaptation/adaptation.ts';
import type { ClientReport } from './adaptation/client-report.ts';
import type { SessionState } from './session-state.ts';

/** What happens in a session beside the figures of each second. */
export type StreamHappening =
  | { readonly kind: 'state'; readonly state: SessionState }
  /** the client asked for a keyframe */
  | { readonly kind: 'keyframe-requested' }
  /** the client names frames that it lost, which shall not be referred to */
  | { readonly kind: 'invalidation-requested'; readonly first: number; readonly last: number }
  /** the client counted lost packets since its last report */
  | { readonly kind: 'loss-reported'; readonly packets: number; readonly lastGoodFrame: number }
  /** what the stream does about the network; what is absent stays */
  | {
      readonly kind: 'adapted';
      readonly bitrateKbps?: number | undefined;
      readonly fecPercentage?: number | undefined;
      readonly sendMethod?: string | undefined;
      readonly reason: string;
    }
  /** encoder and source began anew, in another process */
  | { readonly kind: 'media-restarted'; readonly reason: string }
  /** where the client takes its packets */
  | {
      readonly kind: 'address';
      readonly plane: MediaPlane;
      readonly address: string;
      readonly port: number;
    }
  /** the size of the source, at first and after a change */
  | { readonly kind: 'mode'; readonly width: number; readonly height: number }
  | { readonly kind: 'permission'; readonly name: Permission; readonly allowed: boolean }
  /** something for the owner; without a message the part's last one is over */
  | { readonly kind: 'notice'; readonly part: string; readonly message?: string | undefined }
  | { readonly kind: 'fault'; readonly message: string };

/** `at`: milliseconds of the host's own clock (`performance.now()`), the same for every session, never set back. */
export type StreamEvent = StreamHappening & { readonly at: number };

/** A second of a stream: what the data plane measured and what the client told, on the clock of the events. */
export interface MeasuredSecond {
  /** when it ended */
  readonly at: number;
  readonly statistics: StageStatistics;
  /** absent: nothing is known of the client's side yet */
  readonly client?: ClientReport | undefined;
  readonly adaptation?: AdaptationState | undefined;
  /** milliseconds */
  readonly roundTrip?: number | undefined;
}

/** Enough to see what led to a fault; whoever wants all of them watches. */
const KEPT = 64;

/** What somebody wants to hear of a session. */
export interface StreamWatcher {
  readonly event?: (event: StreamEvent) => void;
  readonly second?: (second: MeasuredSecond) => void;
}

/** The one place where a session's events and figures pass: told to whoever watches, the last events kept for a look back. */
export class StreamEvents {
  readonly #now: () => number;
  readonly #recent: StreamEvent[] = [];
  readonly #watchers = new Set<StreamWatcher>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  pass(happening: StreamHappening): void {
    const event: StreamEvent = { ...happening, at: this.#now() };
    this.#recent.push(event);
    if (this.#recent.length > KEPT) this.#recent.shift();
    for (const { event: hear } of this.#watchers) hear?.(event);
  }

  measured(second: Omit<MeasuredSecond, 'at'>): void {
    const whole = { ...second, at: this.#now() };
    for (const { second: hear } of this.#watchers) hear?.(whole);
  }

  /** The last ones, the oldest first. */
  recent(): readonly StreamEvent[] {
    return [...this.#recent];
  }

  /** @returns how to stop */
  watch(watcher: StreamWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
