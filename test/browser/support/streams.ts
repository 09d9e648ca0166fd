import { streaming } from '../../../server/test/admin/admin-harness.ts';
import type { SessionView } from '../../../server/src/sessions/sessions.ts';

export interface StreamChange extends Partial<SessionView> {
  /** new frames in the last second; the rest of the figures follows */
  readonly frames?: number;
}

/** A stream of 1080p at 59.94 frames per second to a TV, changed as asked. */
export function stream({ frames = 57, ...change }: StreamChange = {}): SessionView {
  return {
    ...streaming,
    startedAt: Date.now() - 42 * 60_000,
    statistics: {
      ...streaming.statistics!,
      framesNew: frames,
      framesRepeated: 60 - frames,
      videoBytes: frames * 39_000,
    },
    ...change,
  };
}

/** `stream`, but the device is away. */
export function pausedStream(change: StreamChange = {}): SessionView {
  const paused: { -readonly [K in keyof SessionView]: SessionView[K] } = stream({
    state: 'paused',
    ...change,
  });
  delete paused.statistics;
  delete paused.roundTrip;
  return paused;
}
