import v8 from 'node:v8';

import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { IdleMemory } from '../../src/host/idle-memory.ts';

let busy: boolean;
const returnFreeMemory = vi.fn(() => Promise.resolve());

beforeEach(() => {
  vi.useFakeTimers();
  busy = false;
  returnFreeMemory.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

function idleMemory(): IdleMemory {
  return new IdleMemory({
    log: pino({ enabled: false }),
    busy: () => busy,
    returnFreeMemory,
  });
}

/** @returns bytes of the heap's pages while half a million objects were alive that are not any more */
function heldWithGarbage(): number {
  const garbage = Array.from({ length: 500_000 }, (_, i) => ({ i }));
  const held = v8.getHeapStatistics().total_physical_size;
  expect(garbage).toHaveLength(500_000);
  return held;
}

it('gives back what was thrown away, once, after a rest', async () => {
  const memory = idleMemory();
  const held = heldWithGarbage();

  memory.changed();
  await vi.advanceTimersByTimeAsync(2900);
  expect(returnFreeMemory).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  expect(returnFreeMemory).toHaveBeenCalledOnce();
  expect(v8.getHeapStatistics().total_physical_size).toBeLessThan(held - 10_000_000);

  await vi.advanceTimersByTimeAsync(60_000);
  expect(returnFreeMemory).toHaveBeenCalledOnce();
  expect(globalThis).not.toHaveProperty('gc');
});

it('leaves a host alone that somebody streams from, and begins to wait anew when he leaves', async () => {
  const memory = idleMemory();
  memory.changed();
  await vi.advanceTimersByTimeAsync(2000);
  busy = true;
  memory.changed();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(returnFreeMemory).not.toHaveBeenCalled();

  busy = false;
  memory.changed();
  await vi.advanceTimersByTimeAsync(2000);
  expect(returnFreeMemory).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1100);
  expect(returnFreeMemory).toHaveBeenCalledOnce();
});

it('says what the system refused, and goes on', async () => {
  const warn = vi.fn();
  const log = Object.assign(pino({ enabled: false }), { warn });
  returnFreeMemory.mockRejectedValueOnce(new Error('no thread'));
  const memory = new IdleMemory({ log, busy: () => busy, returnFreeMemory });
  for (let round = 0; round < 2; round += 1) {
    memory.changed();
    await vi.advanceTimersByTimeAsync(3100);
  }
  expect(warn).toHaveBeenCalledOnce();
  expect(returnFreeMemory).toHaveBeenCalledTimes(2);
});

it('does nothing after it was closed', async () => {
  const memory = idleMemory();
  memory.changed();
  memory.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(returnFreeMemory).not.toHaveBeenCalled();
});
