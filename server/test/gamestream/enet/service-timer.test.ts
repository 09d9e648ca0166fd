import { setTimeout as delay } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';

import { expect, it } from 'vitest';

import { monotonicMilliseconds, ServiceTimer } from '../../../src/gamestream/enet/service-timer.ts';

it('a late timer lets what has arrived be read before it judges', async () => {
  const order: string[] = [];
  const serviced = {
    deadline: (monotonicMilliseconds() + 20) as number | undefined,
    service() {
      order.push('judged');
      serviced.deadline = undefined;
    },
  };
  const { port1, port2 } = new MessageChannel();
  port2.on('message', () => order.push('read'));
  const timer = new ServiceTimer(serviced, monotonicMilliseconds);
  timer.arm();
  port1.postMessage('acknowledgement');
  const end = performance.now() + 400;
  while (performance.now() < end);
  await delay(150);
  expect(order).toEqual(['read', 'judged']);
  timer.close();
  port1.close();
});

it('a timer in time judges at once', async () => {
  let judged = 0;
  const serviced = {
    deadline: (monotonicMilliseconds() + 20) as number | undefined,
    service() {
      judged += 1;
      serviced.deadline = undefined;
    },
  };
  const timer = new ServiceTimer(serviced, monotonicMilliseconds);
  timer.arm();
  await delay(60);
  expect(judged).toBe(1);
  timer.close();
});
