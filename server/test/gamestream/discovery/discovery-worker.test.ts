import path from 'node:path';

import { pino } from 'pino';
import { expect, it, vi } from 'vitest';

import { DiscoveryWorker } from '../../../src/gamestream/discovery/discovery-worker.ts';

it('runs on a thread of its own, logs through the host, and ends', async () => {
  const lines: string[] = [];
  const worker = new DiscoveryWorker({
    file: path.join(import.meta.dirname, '../../../src/discovery-thread.ts'),
    log: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }),
    port: 47989,
    hostName: 'Game PC',
    // On no link, so that nothing is sent anywhere.
    addresses: ['192.0.2.1'],
  });
  worker.open();
  const said = (): string | undefined => lines.find((line) => line.includes('discovery is open'));
  await vi.waitUntil(said, { timeout: 10_000 });
  expect(JSON.parse(said()!)).toMatchObject({ level: 20, hostName: 'Game PC' });
  // Nobody could have sent anything; what counts is that the thread answers, long before it is given up.
  const asked = performance.now();
  expect(await worker.counters()).toEqual({});
  expect(performance.now() - asked).toBeLessThan(500);
  const began = performance.now();
  await worker.close();
  await worker.close();
  expect(performance.now() - began).toBeLessThan(1500);
  expect(lines.filter((line) => line.includes('"level":40'))).toEqual([]);
});
