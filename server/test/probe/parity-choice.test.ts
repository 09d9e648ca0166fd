import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseParity, moreThan } from '../../src/probe/parity-choice.ts';

describe('the chance of more losses than parity', () => {
  it('is the tail of the binomial distribution', () => {
    // 10 packets, one in two lost: P(X > 7) = 56 / 1024.
    expect(moreThan(7, 10, 0.5)).toBeCloseTo(56 / 1024, 12);
    expect(moreThan(0, 4, 0.1)).toBeCloseTo(1 - 0.9 ** 4, 12);
    expect(moreThan(3, 3, 0.9)).toBe(0);
    expect(moreThan(2, 5, 0)).toBe(0);
    expect(moreThan(2, 5, 1)).toBe(1);
  });

  it('falls with parity and grows with loss', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 250 }),
        fc.nat(100),
        fc.double({ min: 0.0001, max: 0.9, noNaN: true }),
        (count, limit, share) => {
          const here = moreThan(limit, count, share);
          expect(here).toBeGreaterThanOrEqual(0);
          expect(here).toBeLessThanOrEqual(1);
          expect(moreThan(limit + 1, count, share)).toBeLessThanOrEqual(here + 1e-9);
          expect(moreThan(limit, count, share / 2)).toBeLessThanOrEqual(here + 1e-9);
        },
      ),
    );
  });
});

describe('parity', () => {
  it('is small on a clean link, and no more is claimed than was seen', () => {
    expect(chooseParity(0, 1_000_000, 20_000, 60)).toBe(5);
    expect(chooseParity(0, 0, 20_000, 60)).toBe(20);
  });

  it('grows with loss up to 50 %', () => {
    const choices = [0, 0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4].map((loss) =>
      chooseParity(loss * 100_000, 100_000, 20_000, 60),
    );
    expect(choices).toEqual([...choices].sort((a, b) => a - b));
    expect(choices[2]).toBeGreaterThan(5);
    expect(choices.at(-1)).toBe(50);
  });
});
