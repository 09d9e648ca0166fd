import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isOnLink, linksOf } from '../../../src/gamestream/discovery/links.ts';
import { hostLabel, instanceName } from '../../../src/gamestream/discovery/names.ts';
import { isConflict } from '../../../src/gamestream/discovery/records.ts';

describe('names', () => {
  it.each([
    ['Game PC', 1, 'Game-PC'],
    ['Wohnzimmer-PC (neu)', 1, 'Wohnzimmer-PC'],
    ['host.example.org', 1, 'host'],
    ['Über', 1, 'Earthshine'],
    ['', 2, 'Earthshine-2'],
    ['x'.repeat(70), 1, 'x'.repeat(63)],
    ['x'.repeat(70), 12, 'x'.repeat(60) + '-12'],
  ])('%s, attempt %i: instance %s', (name, attempt, expected) => {
    expect(instanceName(name, attempt)).toBe(expected);
  });

  it.each([
    ['GamePC', 1, 'gamepc-earthshine'],
    ['gamepc.home', 3, 'gamepc-earthshine-3'],
    ['', 1, 'earthshine'],
    ['x'.repeat(63), 1, 'x'.repeat(52) + '-earthshine'],
  ])('%s, attempt %i: host %s', (machine, attempt, expected) => {
    expect(hostLabel(machine, attempt)).toBe(expected);
  });
});

function info(cidr: string, internal = false): NetworkInterfaceInfo {
  const [address = ''] = cidr.split('/');
  const common = { address, netmask: '', mac: '', internal, cidr };
  return address.includes(':')
    ? { ...common, family: 'IPv6', scopeid: 0 }
    : { ...common, family: 'IPv4' };
}

describe('links', () => {
  const interfaces = {
    lo: [info('127.0.0.1/8', true), info('::1/128', true)],
    enp5s0: [
      info('192.168.1.5/24'),
      info('2001:db8::5/64'),
      info('fd00::5/64'),
      info('fe80::5/64'),
    ],
    wlan0: [info('fe80::6/64')],
    docker0: [info('172.17.0.1/16')],
    veth12ab: [info('169.254.3.4/16')],
    virbr0: [info('192.168.122.1/24')],
    tun0: [info('10.8.0.2/24')],
    wg0: [info('10.9.0.2/24')],
  };

  it('are those that clients at home can reach', () => {
    expect(linksOf(interfaces, [])).toEqual([
      {
        name: 'enp5s0',
        ipv4: '192.168.1.5',
        prefix: 24,
        a: ['192.168.1.5'],
        aaaa: ['2001:db8::5', 'fd00::5'],
      },
    ]);
  });

  it('publish only what is listened on', () => {
    expect(linksOf(interfaces, ['0.0.0.0'])).toMatchObject([{ a: ['192.168.1.5'], aaaa: [] }]);
    expect(linksOf(interfaces, ['127.0.0.1'])).toEqual([]);
    expect(linksOf(interfaces, ['192.168.1.5', 'fd00::5'])).toMatchObject([{ aaaa: ['fd00::5'] }]);
  });

  it('hear their own network alone', () => {
    const [link] = linksOf(interfaces, []);
    expect(isOnLink(link!, '192.168.1.200')).toBe(true);
    expect(isOnLink(link!, '192.168.2.200')).toBe(false);
    expect(isOnLink(link!, 'fe80::1')).toBe(false);
  });
});

describe('isConflict', () => {
  const service = { instance: 'PC', host: 'pc-earthshine', port: 47989 };
  const own = new Set(['192.168.1.5', '10.0.0.5']);
  const server = (port: number, target: string) =>
    ({
      name: 'pc._NVSTREAM._tcp.local',
      type: 'SRV',
      ttl: 120,
      data: { port, target },
    }) as const;
  const address = (data: string, ttl = 120) =>
    ({ name: 'PC-earthshine.local', type: 'A', ttl, data }) as const;

  it('is a different claim to one of our names', () => {
    expect(isConflict(service, own, [server(47989, 'pc-earthshine.local')])).toBe(false);
    expect(isConflict(service, own, [server(1, 'pc-earthshine.local')])).toBe(true);
    expect(isConflict(service, own, [server(47989, 'other.local')])).toBe(true);
    expect(isConflict(service, own, [address('10.0.0.5')])).toBe(false);
    expect(isConflict(service, own, [address('192.168.1.6')])).toBe(true);
    expect(isConflict(service, own, [address('192.168.1.6', 0)])).toBe(false);
  });
});
