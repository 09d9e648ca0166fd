import { describe, expect, it } from 'vitest';

import { shareOf } from '../../src/network/address.ts';

describe('shareOf', () => {
  it.each([
    ['192.168.1.9', '192.168.1.9'],
    ['::ffff:192.168.1.9', '192.168.1.9'],
    ['2001:db8:0:1:a:b:c:d', '2001:db8:0:1::/64'],
    ['2001:db8:0:1::17', '2001:db8:0:1::/64'],
    ['2001:db8::17', '2001:db8:0:0::/64'],
    ['2001:0DB8::a:b:c:d:17', '2001:db8:0:a::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::9%eth0', 'fe80:0:0:0::/64%eth0'],
    ['fe80::9%eth1', 'fe80:0:0:0::/64%eth1'],
    ['', ''],
  ])('of %j is %j', (address, share) => expect(shareOf(address)).toBe(share));
});
