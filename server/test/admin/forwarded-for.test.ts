import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { forwardedFor } from '../../src/admin/forwarded-for.ts';

const PROXIES = ['127.0.0.1', '192.0.2.1'];

describe('forwardedFor', () => {
  it.each([
    ['127.0.0.1', '192.0.2.50', '192.0.2.50'],
    ['127.0.0.1', '203.0.113.9, 192.0.2.50', '192.0.2.50'],
    ['127.0.0.1', '198.51.100.3,192.0.2.1', '198.51.100.3'],
    ['127.0.0.1', '::ffff:192.0.2.50', '192.0.2.50'],
    ['127.0.0.1', '2001:db8::7', '2001:db8::7'],
    ['127.0.0.1', undefined, '127.0.0.1'],
    ['127.0.0.1', 'unknown', '127.0.0.1'],
    ['127.0.0.1', '192.0.2.50, unknown', '127.0.0.1'],
  ])('from %s with %j is %s', (peer, header, from) => {
    expect(forwardedFor(peer, header, PROXIES)).toBe(from);
  });

  it('believes nobody but the proxies', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.string(), (peer, header) => {
        fc.pre(!PROXIES.includes(peer));
        expect(forwardedFor(peer, header, PROXIES)).toBe(peer);
        expect(forwardedFor('192.0.2.50', `${header},127.0.0.1`, PROXIES)).toBe('192.0.2.50');
      }),
    );
  });
});
