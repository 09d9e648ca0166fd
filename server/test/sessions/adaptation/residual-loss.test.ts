import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  blockData,
  blockFailure,
  blockParity,
  lossBehind,
  neededParity,
} from '../../../src/sessions/adaptation/residual-loss.ts';

describe('how often a block fails', () => {
  it('is the binomial tail where packets are lost one by one', () => {
    // 1 − 0.9^3 − 3·0.1·0.9^2 for one parity packet beside two of data
    expect(blockFailure(2, 1, 0.1, 1)).toBeCloseTo(1 - 0.729 - 0.243, 12);
    expect(blockFailure(10, 0, 0.02, 1)).toBeCloseTo(1 - 0.98 ** 10, 12);
    expect(blockFailure(10, 2, 0, 1)).toBe(0);
    expect(blockFailure(10, 2, 1, 1)).toBe(1);
  });

  it('is that of whole runs where they are lost together', () => {
    // Five parity packets survive one run of five, not two: 1 − q^15 − 15·p·q^14 with p a fifth of 2 %.
    const [p, q] = [0.004, 0.996];
    expect(blockFailure(10, 5, 0.02, 5)).toBeCloseTo(1 - q ** 15 - 15 * p * q ** 14, 12);
  });

  it('more parity never hurts, more loss never helps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 54 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 1, max: 10, noNaN: true }),
        (data, parity, loss, burst) => {
          const failure = blockFailure(data, parity, loss, burst);
          expect(failure).toBeGreaterThanOrEqual(0);
          expect(failure).toBeLessThanOrEqual(1);
          expect(blockFailure(data, parity, Math.min(1, loss * 1.2), burst)).toBeGreaterThanOrEqual(
            failure - 1e-9,
          );
          // Only whole runs count, and each packet of parity may be lost itself.
          const more = Math.ceil(burst) * 2;
          if (loss < 0.3) {
            expect(blockFailure(data, parity + more, loss, burst)).toBeLessThanOrEqual(
              failure + 1e-9,
            );
          }
        },
      ),
    );
  });
});

describe('the parity that a loss asks for', () => {
  const shape = { frameData: 12, framePackets: 16, leastParity: 2 };

  it('is 5 % without loss and 50 % at most', () => {
    expect(neededParity(shape, 0, { burst: 1, most: 1 })).toEqual({ percentage: 5, least: 2 });
    expect(neededParity(shape, 0.5, { burst: 1, most: 1 })).toEqual({ percentage: 50, least: 2 });
  });

  it('grows with loss and with runs, and large frames need less of it', () => {
    const one = neededParity(shape, 0.01, { burst: 1, most: 1 }).percentage;
    const two = neededParity(shape, 0.02, { burst: 1, most: 1 }).percentage;
    expect(two).toBeGreaterThan(one);
    expect(
      neededParity({ ...shape, frameData: 150 }, 0.02, { burst: 1, most: 1 }).percentage,
    ).toBeLessThan(two / 2);
    expect(neededParity({ ...shape, frameData: 150 }, 0.02, { burst: 5, most: 5 })).toMatchObject({
      least: 2,
    });
  });

  it('is whole runs where packets are lost in runs, as far as the frame affords them', () => {
    const { percentage, least } = neededParity(shape, 0.02, { burst: 5, most: 5 });
    expect(least).toBeGreaterThanOrEqual(5);
    expect(least).toBeLessThan(shape.framePackets * 0.6);
    expect(percentage).toBe(50);
    for (const data of [3, 6]) {
      expect(blockFailure(data, blockParity(data, percentage, least), 0.02, 5)).toBeLessThan(
        blockFailure(data, blockParity(data, 50, 2), 0.02, 5) / 10,
      );
    }
    // A full queue would overflow the more.
    expect(neededParity(shape, 0.02, { burst: 5 })).toEqual({ percentage: 50, least: 2 });
    // Of nothing that parity could save.
    expect(neededParity(shape, 0.1, { burst: 30, most: 30 })).toEqual({ percentage: 50, least: 2 });
    expect(neededParity({ ...shape, framePackets: 5 }, 0.02, { burst: 5, most: 5 })).toEqual({
      percentage: 50,
      least: 2,
    });
  });

  it('leaves hardly a block unsaved, for usual frames and for those of half their size', () => {
    for (const frameData of [4, 12, 40, 150, 400]) {
      for (const loss of [0.001, 0.005, 0.01]) {
        const { percentage } = neededParity(
          { frameData, framePackets: frameData * 1.3, leastParity: 2 },
          loss,
          { burst: 1, most: 1 },
        );
        if (percentage === 50) continue;
        for (const size of [1, 0.5]) {
          const data = blockData(frameData * size, percentage);
          expect(blockFailure(data, blockParity(data, percentage, 2), loss, 1)).toBeLessThanOrEqual(
            1e-4,
          );
        }
      }
    }
  });

  it('blocks stay within 255 packets', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3000 }),
        fc.integer({ min: 5, max: 50 }),
        (frame, percentage) => {
          const data = blockData(frame, percentage);
          expect(data + Math.ceil((data * percentage) / 100)).toBeLessThanOrEqual(255);
        },
      ),
    );
  });
});

it('the loss behind lost frames is the one that loses so many', () => {
  const shape = { frameData: 12, framePackets: 16, leastParity: 2 };
  for (const loss of [0.01, 0.05, 0.2]) {
    const failing = blockFailure(12, blockParity(12, 20, 2), loss, 1);
    expect(lossBehind(shape, 20, failing)).toBeCloseTo(loss, 4);
  }
  expect(lossBehind(shape, 20, 0)).toBe(0);
  expect(lossBehind(shape, 20, 1)).toBeGreaterThan(0.5);
});
