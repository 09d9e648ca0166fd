import { parentPort, workerData } from 'node:worker_threads';

import { Discovery } from './discovery.ts';
import type {
  DiscoveryCounters,
  DiscoveryLog,
  DiscoveryReport,
  DiscoveryRequest,
  DiscoveryWorkerData,
} from './discovery-messages.ts';

/** Runs discovery on this worker thread until it is told to close. */
export async function runDiscoveryWorker(): Promise<void> {
  const parent = parentPort;
  if (!parent) throw new Error('The discovery worker runs in a worker thread only.');
  const say =
    (level: DiscoveryReport['level']) =>
    (fields: object, message: string): void =>
      parent.postMessage({ level, fields, message } satisfies DiscoveryReport);
  const log: DiscoveryLog = { debug: say('debug'), info: say('info'), warn: say('warn') };
  const { port, hostName, addresses } = workerData as DiscoveryWorkerData;
  const discovery = new Discovery({ log, port, hostName: () => hostName, addresses });
  parent.on('message', (request: DiscoveryRequest) => {
    if (request === 'counters') {
      parent.postMessage({ counters: discovery.counters.snapshot() } satisfies DiscoveryCounters);
      return;
    }
    // Nothing holds this thread any more then.
    void discovery.close().then(() => parent.close());
  });
  await discovery.open();
  log.debug({ hostName }, 'discovery is open');
}
