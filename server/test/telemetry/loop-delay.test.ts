import { setTimeout as delay } from 'node:timers/promises';

import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { LoopDelayMeter } from '../../src/telemetry/loop-delay.ts';

// Its looks come when the test says; what it measures is this thread's real time.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const LOOK = 10_000;

/** This thread does nothing else for so long, as in a long run of JavaScript. */
async function standStill(milliseconds: number): Promise<void> {
  await delay(120);
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
  await delay(120);
}

it('LoopDelayMeter tells how long the event loop kept others waiting', async () => {
  const stalls: (number | undefined)[] = [];
  const meter = new LoopDelayMeter((_, stalled) => stalls.push(stalled));
  await standStill(400);
  expect(meter.figures.worst).toBeGreaterThan(250);
  expect(meter.figures.stalls).toBe(0);
  await standStill(900);
  vi.advanceTimersByTime(LOOK);
  expect(stalls).toEqual([expect.any(Number)]);
  expect(stalls[0]).toBeGreaterThan(700);
  expect(meter.figures).toEqual({ worst: stalls[0], stalls: 1 });
  // It is told once, and shown for a minute.
  vi.advanceTimersByTime(4 * LOOK);
  expect(stalls.slice(1)).toEqual(Array(4).fill(undefined));
  expect(meter.figures).toEqual({ worst: stalls[0], stalls: 1 });
  vi.advanceTimersByTime(LOOK);
  expect(meter.figures).toEqual({ worst: 0, stalls: 1 });
  meter.close();
  meter.close();
  vi.advanceTimersByTime(LOOK);
  expect(stalls).toHaveLength(6);
});

it('what kept others waiting before nobody streamed is not forgotten', async () => {
  const meter = new LoopDelayMeter(() => undefined);
  await standStill(400);
  meter.rest(true);
  expect(meter.figures.worst).toBeGreaterThan(250);
  meter.rest(false);
  meter.rest(false);
  expect(meter.figures.worst).toBeGreaterThan(250);
  vi.advanceTimersByTime(6 * LOOK);
  expect(meter.figures.worst).toBe(0);
  meter.close();
  meter.rest(true);
});
