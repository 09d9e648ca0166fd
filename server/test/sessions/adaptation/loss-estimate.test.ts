import { describe, expect, it } from 'vitest';

import { LossEstimate } from '../../../src/sessions/adaptation/loss-estimate.ts';

const EXPECTED = { dataPerMs: 0.72, framesPerMs: 0.06, fecPercentage: 20 };

/** A linear congruence: enough for a test, and the same everywhere. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Ten seconds of blocks of 12 and 3 packets, of which some get lost, as a client reports them. */
function tenSeconds(loss: number, burst: number, seed = 1): LossEstimate {
  const estimate = new LossEstimate(true, 2, EXPECTED, 0);
  const chance = dice(seed);
  let left = 0;
  for (let frame = 0; frame < 600; frame += 1) {
    const arrived = Array.from({ length: 15 }, () => {
      if (left === 0 && chance() < loss / (burst * (1 - loss) + loss)) left = burst;
      if (left === 0) return true;
      left -= 1;
      return false;
    });
    if (arrived.slice(0, 12).every((here) => here)) continue;
    let [data, parity, highest] = [0, 0, -1];
    for (const [index, here] of arrived.entries()) {
      if (!here) continue;
      highest = index;
      if (index < 12) data += 1;
      else parity += 1;
      if (data + parity === 12) break;
    }
    const status = {
      frame,
      highestSequence: 0,
      nextContiguousSequence: 0,
      missingBeforeHighest: highest + 1 - data - parity,
      dataPackets: 12,
      parityPackets: 3,
      dataReceived: data,
      parityReceived: parity,
      fecPercentage: 20,
      block: 0,
      blocks: 1,
    };
    expect(estimate.report(status, (frame * 1000) / 60)).toBeDefined();
  }
  return estimate;
}

describe('the loss behind reports of damaged blocks', () => {
  it.each([0.01, 0.02, 0.05, 0.1, 0.3])('%s of the packets, one by one', (loss) => {
    const { loss: found, burst, sure } = tenSeconds(loss, 1).over(10_000, 10_000);
    expect(found).toBeGreaterThan(loss * 0.75);
    expect(found).toBeLessThan(loss * 1.25);
    expect(sure).toBeLessThanOrEqual(found);
    if (loss <= 0.1) expect(burst).toBe(1);
  });

  it.each([3, 5])('2 % in runs of %s', (run) => {
    const { loss, burst } = tenSeconds(0.02, run).over(10_000, 10_000);
    expect(loss).toBeGreaterThan(0.012);
    expect(loss).toBeLessThan(0.028);
    // A run may begin in one block and end in the next.
    expect(burst).toBeGreaterThan(run * 0.6);
    expect(burst).toBeLessThan(run * 1.3);
  });

  it('counts nothing twice, and nothing from before a restart', () => {
    const estimate = tenSeconds(0.05, 1);
    estimate.restart(10_000);
    expect(estimate.over(10_000, 10_100)).toMatchObject({ loss: 0, sure: 0 });
    expect(estimate.over(10_000, 9_000)).toMatchObject({ loss: 0 });
  });

  it('takes no counts that contradict each other', () => {
    const estimate = new LossEstimate(true, 2, EXPECTED, 0);
    const status = {
      frame: 1,
      highestSequence: 0,
      nextContiguousSequence: 0,
      missingBeforeHighest: 1,
      dataPackets: 12,
      parityPackets: 3,
      dataReceived: 11,
      parityReceived: 1,
      fecPercentage: 20,
      block: 0,
      blocks: 1,
    };
    expect(estimate.report({ ...status, dataPackets: 0 }, 1)).toBeUndefined();
    expect(estimate.report({ ...status, dataReceived: 13 }, 1)).toBeUndefined();
    expect(estimate.report({ ...status, parityReceived: 4 }, 1)).toBeUndefined();
    expect(
      estimate.report({ ...status, dataPackets: 2000, dataReceived: 1000 }, 1),
    ).toBeUndefined();
    expect(estimate.report(status, 1)).toMatchObject({ lost: 1, seen: 13, recovered: true });
    expect(estimate.report({ ...status, parityReceived: 0 }, 1)).toMatchObject({
      lost: 4,
      recovered: false,
    });
  });
});
