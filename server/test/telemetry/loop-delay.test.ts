import { setTimeout as delay } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { LoopDelayMeter } from '../../src/telemetry/loop-delay.ts';

it('LoopDelayMeter tells how long the event loop kept others waiting', async () => {
  const meter = new LoopDelayMeter(() => {});
  await delay(120);
  const end = performance.now() + 400;
  while (performance.now() < end);
  await delay(120);
  expect(meter.figures.worst).toBeGreaterThan(250);
  expect(meter.figures.stalls).toBe(0);
  meter.close();
  meter.close();
});
