import type { LinkCounters } from '../../e2e/support/link-model.ts';
import type { Recording } from '../support/recording.ts';

/** Milliseconds of a stream's start that are not counted. */
const SETTLING = 5000;
/** Milliseconds between two frames that nobody takes for a freeze. */
const SMOOTH = 50;

/** What a viewer had of a stream through a bad network, its first five seconds left out. */
export interface Outcome {
  /** frames that the host sent */
  readonly sent: number;
  /** of them: a decoder could use */
  readonly delivered: number;
  /** shards that parity brought back, from the start on */
  readonly recoveredShards: number;
  readonly keyframes: number;
  readonly invalidations: number;
  /** milliseconds without a new frame, at worst */
  readonly longestFreeze: number;
  /** milliseconds in all that a picture stood for longer than three frames of sixty a second */
  readonly frozen: number;
  /** delivered frames whose picture could not be read */
  readonly unclean: number;
  readonly link: LinkCounters;
  /** encoded video at the end, kbit/s */
  readonly kbps: number;
}

/** @param startedAt,endedAt CLOCK_MONOTONIC, milliseconds */
export async function outcomeOf(
  recording: Recording,
  startedAt: number,
  endedAt: number,
  link: LinkCounters,
): Promise<Outcome> {
  const since = startedAt + SETTLING;
  const frames = recording.frames.filter(({ completedAt }) => completedAt >= since);
  const statistics = recording.stream.video.statistics();
  let unclean = 0;
  await recording.decode('strip', (frame, stamp) => {
    if (!stamp && frame.completedAt >= since) unclean++;
  });
  const before = recording.frames.findLast(({ completedAt }) => completedAt < since)?.index ?? 0;
  const highest = Math.max(before, recording.lostUpTo, frames.at(-1)?.index ?? 0);
  const times = [since, ...frames.map(({ completedAt }) => completedAt), endedAt];
  const pauses = times.slice(1).map((time, i) => time - times[i]!);
  return {
    sent: highest - before,
    delivered: frames.length,
    recoveredShards: statistics.recoveredShards,
    keyframes: frames.filter(({ keyframe }) => keyframe).length,
    invalidations: statistics.invalidationRequests,
    longestFreeze: Math.max(...pauses),
    frozen: pauses.filter((pause) => pause > SMOOTH).reduce((sum, pause) => sum + pause, 0),
    unclean,
    link,
    kbps: rateOfLast(frames, endedAt, 5000),
  };
}

function rateOfLast(
  frames: readonly { readonly completedAt: number; readonly data: Buffer }[],
  end: number,
  span: number,
): number {
  const last = frames.filter(({ completedAt }) => completedAt > end - span);
  return (last.reduce((sum, { data }) => sum + data.length, 0) * 8) / span;
}
