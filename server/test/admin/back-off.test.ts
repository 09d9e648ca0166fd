import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { BackOff } from '../../src/admin/back-off.ts';

function timed() {
  const clock = { now: 5_000_000 };
  return { clock, backOff: new BackOff(() => clock.now) };
}

describe('BackOff', () => {
  it('makes the address that guesses wait, twice as long each time, up to 15 minutes', () => {
    const { clock, backOff } = timed();
    const waits: number[] = [];
    for (let failure = 0; failure < 16; failure++) {
      backOff.failed({ address: '192.0.2.1' });
      waits.push(backOff.wait({ address: '192.0.2.1' }));
      clock.now += waits.at(-1)!;
      expect(backOff.wait({ address: '192.0.2.1' })).toBe(0);
    }
    expect(waits.slice(0, 6)).toEqual([0, 0, 1000, 2000, 4000, 8000]);
    expect(waits.at(-1)).toBe(900_000);
  });

  it('leaves other addresses alone, until everybody together has guessed too often', () => {
    const { backOff } = timed();
    for (let guesser = 0; guesser < 19; guesser++)
      backOff.failed({ address: `192.0.2.${guesser}` });
    expect(backOff.wait({ address: '192.0.2.200' })).toBe(0);
    backOff.failed({ address: '192.0.2.19' });
    expect(backOff.wait({ address: '192.0.2.200' })).toBe(1000);
    for (let guesser = 0; guesser < 100; guesser++)
      backOff.failed({ address: `198.51.100.${guesser}` });
    expect(backOff.wait({ address: '192.0.2.200' })).toBe(30_000);
  });

  it('forgets an address that proved itself, and everything after an hour', () => {
    const { clock, backOff } = timed();
    for (let failure = 0; failure < 5; failure++) backOff.failed({ address: '192.0.2.1' });
    expect(backOff.wait({ address: '192.0.2.1' })).toBeGreaterThan(0);
    backOff.succeeded({ address: '192.0.2.1' });
    expect(backOff.wait({ address: '192.0.2.1' })).toBe(0);
    for (let failure = 0; failure < 5; failure++) backOff.failed({ address: '192.0.2.1' });
    clock.now += 3_600_001;
    backOff.failed({ address: '192.0.2.1' });
    expect(backOff.wait({ address: '192.0.2.1' })).toBe(0);
  });

  it('counts a /64 of IPv6 as one address, and a mapped IPv4 address as itself', () => {
    const { backOff } = timed();
    for (let failure = 0; failure < 4; failure++)
      backOff.failed({ address: `2001:db8:0:1::${failure}` });
    expect(backOff.wait({ address: '2001:db8:0:1:ffff:1:2:3' })).toBeGreaterThan(0);
    expect(backOff.wait({ address: '2001:db8:0:2::1' })).toBe(0);
    for (let failure = 0; failure < 4; failure++) backOff.failed({ address: '::ffff:192.0.2.7' });
    expect(backOff.wait({ address: '192.0.2.7' })).toBeGreaterThan(0);
  });

  it('counts a browser that has signed in before by itself, whoever guesses beside it', () => {
    const { backOff } = timed();
    const owner = { address: '192.0.2.1', browser: 'a' };
    for (let guess = 0; guess < 100; guess++) backOff.failed({ address: '192.0.2.1' });
    expect(backOff.wait({ address: '192.0.2.1' })).toBeGreaterThan(0);
    expect(backOff.wait(owner)).toBe(0);
    for (let guess = 0; guess < 4; guess++) backOff.failed(owner);
    expect(backOff.wait(owner)).toBe(2000);
    expect(backOff.wait({ ...owner, browser: 'b' })).toBe(0);
  });

  it('does not hold what such a browser mistypes against anybody else', () => {
    const { backOff } = timed();
    for (let guess = 0; guess < 100; guess++)
      backOff.failed({ address: '192.0.2.1', browser: 'a' });
    expect(backOff.wait({ address: '192.0.2.1' })).toBe(0);
  });

  it('never waits for ever and never forgets the overall rule, whoever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.ipV4(), { minLength: 25, maxLength: 200 }), (addresses) => {
        const { backOff } = timed();
        for (const address of addresses) backOff.failed({ address });
        const wait = backOff.wait({ address: '203.0.113.1' });
        expect(wait).toBeGreaterThan(0);
        expect(backOff.wait({ address: addresses[0]! })).toBeLessThanOrEqual(900_000);
      }),
    );
  });
});
