import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';

import { isNearby } from '../../src/network/nearby.ts';

const interfaces = {
  lo: [entry('127.0.0.1', 'IPv4', 8, true), entry('::1', 'IPv6', 128, true)],
  eth0: [
    entry('203.0.113.5', 'IPv4', 24, false),
    entry('2001:db8:0:1::5', 'IPv6', 64, false),
    entry('2001:db8:9::5', 'IPv6', 32, false),
  ],
};

describe('isNearby', () => {
  it.each([
    '127.0.0.1',
    '::1',
    '192.168.1.9',
    '10.0.0.1',
    '::ffff:172.16.0.1',
    'fe80::9%eth0',
    'fd00::1',
    // the machine itself, over its public address
    '203.0.113.5',
    // all of a /64 is one link
    '2001:db8:0:1:a:b:c:d',
  ])('%s may come', (address) => expect(isNearby(address, interfaces)).toBe(true));

  // A neighbour in a public IPv4 network may be anybody, and so may one in a wider IPv6 network.
  it.each([
    '8.8.8.8',
    '203.0.113.6',
    '2001:db8:0:2::1',
    '2001:db8:9::6',
    '::ffff:8.8.8.8',
    '',
    'nonsense',
  ])('%j is a stranger', (address) => expect(isNearby(address, interfaces)).toBe(false));
});

function entry(
  address: string,
  family: 'IPv4' | 'IPv6',
  prefix: number,
  internal: boolean,
): NetworkInterfaceInfo {
  return {
    address,
    family,
    internal,
    cidr: `${address}/${prefix}`,
    netmask: '',
    mac: '',
    scopeid: 0,
  } as NetworkInterfaceInfo;
}
