import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeAppId, makeGameId } from '../../src/apps/app-identity.ts';

const free = () => false;

describe('makeGameId', () => {
  it('is the same for the same app and another for another title or picture', () => {
    const id = makeGameId('steam', 'Steam', undefined, free);
    expect(makeGameId('steam', 'Steam', undefined, free)).toBe(id);
    expect(makeGameId('steam', 'Steam!', undefined, free)).not.toBe(id);
    expect(makeGameId('steam', 'Steam', 'ab12', free)).not.toBe(id);
    expect(makeGameId('steam-2', 'Steam', undefined, free)).not.toBe(id);
  });

  it('is a positive signed 32-bit number that is not taken', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (id, title) => {
        const first = makeGameId(id, title, undefined, free);
        expect(first).toBeGreaterThan(0);
        expect(first).toBeLessThanOrEqual(2_147_483_647);
        expect(makeGameId(id, title, undefined, (taken) => taken === first)).not.toBe(first);
      }),
    );
  });
});

describe('makeAppId', () => {
  it.each([
    ['Desktop', 'desktop'],
    ['Test pattern', 'test-pattern'],
    ['  Baldur’s Gate 3: Ü! ', 'baldur-s-gate-3-u'],
    ['塞尔达', 'app'],
    ['---', 'app'],
  ])('%j becomes %s', (title, id) => {
    expect(makeAppId(title, free)).toBe(id);
  });

  it('counts on when the id is taken', () => {
    const taken = new Set(['steam', 'steam-2']);
    expect(makeAppId('Steam', (id) => taken.has(id))).toBe('steam-3');
  });

  it('always has the form that names from outside must have', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.boolean(),
        (title, crowded) => {
          let asked = 0;
          const id = makeAppId(title, () => crowded && asked++ < 12);
          expect(id).toMatch(/^[a-z0-9][a-z0-9-]{0,63}$/);
        },
      ),
    );
  });
});
