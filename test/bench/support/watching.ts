import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../../../server/src/client/clock.ts';
import type { GameStreamClient } from '../../../server/src/client/game-stream-client.ts';
import type { Stream, StreamOptions } from '../../../server/src/client/stream.ts';
import { percentile } from '../../e2e/support/measures.ts';
import type { BenchDesktop } from './bench-desktop.ts';
import { cores, hostCpu } from './host-use.ts';
import { Recording } from './recording.ts';

/** Milliseconds of a stream that are not measured: rate control settles, buffers warm up. */
const WARM_UP = 3000;

/** CPU is read in windows of so many milliseconds; the median of them is the figure. */
const WINDOW = 2500;

/** A client that receives and keeps, and a time from which on its stream has settled. */
export interface Watching {
  readonly recording: Recording;
  readonly stream: Stream;
  /** CLOCK_MONOTONIC, milliseconds */
  readonly settledAt: number;
}

/** Starts a stream of the desktop and lets it settle. */
export async function watch(
  desktop: Pick<BenchDesktop, 'client' | 'app'>,
  options: StreamOptions,
  client: GameStreamClient = desktop.client,
): Promise<Watching> {
  const stream = await client.stream(desktop.app, options);
  const recording = new Recording(stream);
  await sleep(WARM_UP);
  return { recording, stream, settledAt: monotonicNow() };
}

/** @returns the median, over windows, of the cores that the host's processes keep busy */
export async function hostCores(
  desktop: Pick<BenchDesktop, 'pid'>,
  seconds: number,
): Promise<number> {
  const windows: number[] = [];
  let before = hostCpu(desktop.pid);
  while (windows.length < Math.max(1, Math.round((seconds * 1000) / WINDOW))) {
    await sleep(WINDOW);
    const after = hostCpu(desktop.pid);
    windows.push(cores(before, after));
    before = after;
  }
  return percentile(windows, 0.5);
}

/** Frames a second that came between two times. */
export function frameRate({ recording }: Watching, from: number, to: number): number {
  const frames = recording.frames.filter(
    ({ completedAt }) => completedAt >= from && completedAt < to,
  );
  return frames.length / ((to - from) / 1000);
}

/** Encoded video once it had settled, kbit/s, as if none of sixty frames a second were missing. */
export function encodedRate({ recording, settledAt }: Watching): number {
  const frames = recording.frames.filter(({ completedAt }) => completedAt >= settledAt);
  const bytes = frames.reduce((sum, { data }) => sum + data.length, 0);
  return ((bytes / frames.length) * 8 * recording.stream.negotiated.wish.fps) / 1000;
}
