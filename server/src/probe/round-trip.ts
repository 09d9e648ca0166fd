import { once } from 'node:events';
import net from 'node:net';

import { monotonicNow } from '../client/clock.ts';
import { spreadOf } from './spread.ts';
import type { Spread } from './spread.ts';

/** Connections that are timed, one after the other, */
const TIMES = 9;
/** and how long one of them may take. Milliseconds */
const LIMIT = 2000;

/**
 * The way to a host and back, milliseconds. The first packet of a TCP connection is timed until its answer, which the
 * host's kernel gives by itself: no program there, and no encryption, is in the figure.
 *
 * @param host numeric
 * @param port one that the host listens on
 * @returns undefined when no connection came about
 * @throws the signal's reason when that is aborted
 */
export async function measureRoundTrip(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Spread | undefined> {
  const times: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const time = await timeConnection(host, port, signal);
    signal.throwIfAborted();
    if (time === undefined) break;
    times.push(time);
  }
  return spreadOf(times);
}

async function timeConnection(
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  const began = monotonicNow();
  const socket = net.connect({ host, port });
  try {
    await once(socket, 'connect', {
      signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT)]),
    });
    return monotonicNow() - began;
  } catch {
    return undefined;
  } finally {
    // Without a request: the host has nothing to answer.
    socket.on('error', () => undefined);
    socket.destroy();
  }
}
