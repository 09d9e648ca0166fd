import { describe, expect, it } from 'vitest';
import { localIpOf, macOf, type Interfaces } from '../../../src/gamestream/nvhttp/interfaces.ts';
import { renderXml } from '../../../src/gamestream/nvhttp/xml.ts';
import { serverInfoElements } from '../../../src/gamestream/nvhttp/serverinfo.ts';
import { portsFrom } from '../../../src/gamestream/ports.ts';

const mac = (n: number): string => `aa:bb:cc:dd:ee:0${n}`;
const interfaces: Interfaces = {
  lo: [
    {
      address: '127.0.0.1',
      netmask: '255.0.0.0',
      family: 'IPv4',
      mac: '00:00:00:00:00:00',
      internal: true,
      cidr: '127.0.0.1/8',
    },
  ],
  eth0: [
    {
      address: '203.0.113.7',
      netmask: '255.255.255.0',
      family: 'IPv4',
      mac: mac(1),
      internal: false,
      cidr: '203.0.113.7/24',
    },
    {
      address: '2001:db8:1:2::7',
      netmask: 'ffff:ffff:ffff:ffff::',
      family: 'IPv6',
      mac: mac(1),
      internal: false,
      cidr: '2001:db8:1:2::7/64',
      scopeid: 0,
    },
    {
      address: 'fe80::1',
      netmask: 'ffff:ffff:ffff:ffff::',
      family: 'IPv6',
      mac: mac(1),
      internal: false,
      cidr: 'fe80::1/64',
      scopeid: 2,
    },
  ],
  wlan0: [
    {
      address: 'fe80::1',
      netmask: 'ffff:ffff:ffff:ffff::',
      family: 'IPv6',
      mac: mac(2),
      internal: false,
      cidr: 'fe80::1/64',
      scopeid: 3,
    },
  ],
};

describe('macOf', () => {
  it('takes the interface that owns the address', () => {
    expect(macOf('203.0.113.7', interfaces)).toBe(mac(1));
    expect(macOf('::ffff:203.0.113.7', interfaces)).toBe(mac(1));
    expect(macOf('fe80::1%wlan0', interfaces)).toBe(mac(2));
    expect(macOf('198.51.100.1', interfaces)).toBe('00:00:00:00:00:00');
    expect(macOf('', interfaces)).toBe('00:00:00:00:00:00');
  });
});

describe('localIpOf', () => {
  it('is IPv4 always', () => {
    expect(localIpOf('::ffff:192.0.2.2')).toBe('192.0.2.2');
    expect(localIpOf('2001:db8::1')).toBe('127.0.0.1');
    expect(localIpOf('')).toBe('127.0.0.1');
  });
});

describe('renderXml', () => {
  it('is compact, escaped, and leaves empty elements out', () => {
    expect(
      renderXml({
        status: 200,
        elements: [
          ['a', `<&>"'\u0000\u001b\ud800é`],
          ['b', ''],
          ['c', []],
          ['d', [['e', 0]]],
        ],
      }),
    ).toBe('<root status_code="200"><a>&lt;&amp;&gt;&quot;&apos;\ufffdé</a><d><e>0</e></d></root>');
    expect(renderXml({ status: 400, message: 'a "b"' })).toBe(
      '<root status_code="400" status_message="a &quot;b&quot;"/>',
    );
  });
});

describe('serverInfoElements', () => {
  const base = {
    hostName: 'x',
    hostId: 'y',
    ports: portsFrom(47989),
    localIp: '127.0.0.1',
    mac: mac(1),
    paired: false,
    currentGame: 0,
  };
  const values = (changes: object): Record<string, unknown> =>
    Object.fromEntries(serverInfoElements({ ...base, codecModes: 1, ...changes }));

  it('takes MaxLumaPixelsHEVC from the mask', () => {
    for (const mask of [0x100, 0x200, 0x80000, 0x100000]) {
      expect(values({ codecModes: mask | 1 })['MaxLumaPixelsHEVC']).toBe(1869449984);
    }
    for (const mask of [1, 0x10000, 0x20000, 0x40000, 0x200000]) {
      expect(values({ codecModes: mask | 1 })['MaxLumaPixelsHEVC']).toBe(0);
    }
  });

  it('never offers nothing, and never a MAC to strangers', () => {
    expect(values({ codecModes: 0 })['ServerCodecModeSupport']).toBe(1);
    expect(values({})['mac']).toBe('00:00:00:00:00:00');
    expect(values({ paired: true })['mac']).toBe(mac(1));
    expect(values({ currentGame: 7 })['state']).toMatch(/_SERVER_BUSY$/);
    expect(values({ currentGame: 7 })['state']).not.toContain('MJOLNIR');
  });
});
