import type { Permission } from '../devices/permissions.ts';
import type { MediaPlane } from '../native/media-addon.ts';
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

/** Enough to see what led to a fault; whoever wants all of them watches. */
const KEPT = 64;

/** The one place where a session's events pass: kept for a look back, and told to whoever watches. */
export class StreamEvents {
  readonly #now: () => number;
  readonly #recent: StreamEvent[] = [];
  readonly #watchers = new Set<(event: StreamEvent) => void>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  pass(happening: StreamHappening): void {
    const event: StreamEvent = { ...happening, at: this.#now() };
    this.#recent.push(event);
    if (this.#recent.length > KEPT) this.#recent.shift();
    for (const watcher of this.#watchers) watcher(event);
  }

  /** The last ones, the oldest first. */
  recent(): readonly StreamEvent[] {
    return [...this.#recent];
  }

  /** @returns how to stop */
  watch(watcher: (event: StreamEvent) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}
