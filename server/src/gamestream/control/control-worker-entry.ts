import { readlinkSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

import { pino } from 'pino';
import type { Logger } from 'pino';

import { nativeAddon } from '../../native/addon.ts';
import type { DeviceAddon } from '../../input/pointer-keyboard.ts';
import { LoopDelayMeter } from '../../telemetry/loop-delay.ts';
import { CONTROL_PLANE_EVENTS } from './control-plane.ts';
import { ControlServer } from './control-server.ts';
import type { ControlWorkerData, WorkerCall, WorkerReport } from './worker-messages.ts';

/**
 * Runs the control plane on this worker thread until it is closed.
 *
 * @param input what opens devices; the native addon unless a test says otherwise
 */
export function runControlWorker(input: () => DeviceAddon = nativeAddon): void {
  const port = parentPort;
  if (!port) throw new Error('The control worker runs in a worker thread only.');
  const report = (message: WorkerReport): void => port.postMessage(message);
  const { logLevel } = workerData as ControlWorkerData;
  const log = pino(
    { level: logLevel, base: null, timestamp: false },
    { write: (line) => report({ kind: 'log', line }) },
  );
  // Unheard, it would end this thread and with it every stream.
  process.on('unhandledRejection', (error) => {
    log.error({ err: error }, 'a promise was rejected that nobody waited for');
  });
  const server = new ControlServer({ log, input });
  for (const event of CONTROL_PLANE_EVENTS) {
    server.on(event, (...args: unknown[]) => report({ kind: 'event', event, args }));
  }
  port.on('message', (call: WorkerCall) => {
    void answer(server, call, log).then((reply) => {
      if (reply) report(reply);
      meter.rest(!server.busy);
      // Ends this thread only, and whatever the native devices still have on its loop.
      if (call.method !== 'close') return;
      meter.close();
      setImmediate(() => process.exit(0));
    });
  });
  const meter = new LoopDelayMeter((delay, stalled) => {
    report({ kind: 'delay', delay });
    if (stalled !== undefined)
      log.warn({ milliseconds: stalled }, 'the control thread stood still');
  });
  const thread = threadId();
  report({ kind: 'started', ...(thread === undefined ? {} : { thread }) });
}

async function answer(
  server: ControlServer,
  call: WorkerCall,
  log: Logger,
): Promise<WorkerReport | undefined> {
  const { id, method, args } = call;
  try {
    const run = server[method] as (...values: readonly unknown[]) => unknown;
    const value = await run.apply(server, [...args]);
    return id === undefined ? undefined : { kind: 'reply', id, value };
  } catch (error) {
    if (id === undefined) {
      log.error({ err: error, method }, 'a call of the control plane failed');
      return undefined;
    }
    return { kind: 'reply', id, error: (error as Error).message };
  }
}

/** The kernel's id of this thread: the last part of `PID/task/TID`. */
function threadId(): number | undefined {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  } catch {
    return undefined;
  }
}
