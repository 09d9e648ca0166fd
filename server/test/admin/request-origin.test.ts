import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { hostName, isOwnHost, isSameOrigin } from '../../src/admin/request-origin.ts';

describe('hostName', () => {
  it.each([
    ['localhost', 'localhost'],
    ['Living-Room.local:47990', 'living-room.local'],
    ['living-room.local.:47990', 'living-room.local'],
    ['192.0.2.1:47990', '192.0.2.1'],
    ['[2001:DB8::0001]:47990', '2001:db8::1'],
    ['[::1]', '::1'],
    ['', undefined],
    [undefined, undefined],
    ['a b', undefined],
    ['host:port', undefined],
    ['host/path', undefined],
    ['user@host', undefined],
    ['[192.0.2.1]', undefined],
    ['2001:db8::1', undefined],
    ['host:123456', undefined],
  ])('of %j is %j', (header, name) => {
    expect(hostName(header)).toBe(name);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (header) => void hostName(header)));
    fc.assert(fc.property(fc.ipV6(), (address) => hostName(`[${address}]:1`) !== undefined));
  });
});

describe('isOwnHost', () => {
  const own = [
    'localhost',
    'Living-Room',
    'living-room.local',
    '192.0.2.1',
    'FE80::1%eth0',
    '::1',
    'Büro-PC',
    'ゲーム.local',
  ];

  it.each([
    'localhost:1',
    'living-room',
    'LIVING-ROOM.local',
    '192.0.2.1:9',
    '[fe80::1]',
    '[0::1]:5',
    'xn--bro-pc-3ya:47990',
    'xn--sckyeod.local',
  ])('knows %s', (header) => expect(isOwnHost(header, own)).toBe(true));

  it.each([
    'evil.example',
    'localhost.evil.example',
    '192.0.2.2',
    '[fe80::2]',
    'living-room.local.evil',
    '',
  ])('does not know %j', (header) => expect(isOwnHost(header, own)).toBe(false));
});

describe('isSameOrigin', () => {
  const host = 'living-room.local:47990';

  it.each([
    [{ 'sec-fetch-site': 'same-origin' }, true],
    [{ origin: `https://${host}` }, true],
    [{ origin: `https://${host}`, 'sec-fetch-site': 'same-origin' }, true],
    [{ 'sec-fetch-site': 'cross-site' }, false],
    [{ 'sec-fetch-site': 'same-site' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ origin: `http://${host}` }, false],
    [{ origin: 'https://living-room.local' }, false],
    [{ origin: 'https://evil.example' }, false],
    [{ origin: 'null' }, false],
    [{ origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' }, false],
    [{ origin: `https://${host}`, 'sec-fetch-site': 'cross-site' }, false],
  ])('of %j is %j', (headers, verdict) => {
    expect(isSameOrigin({ host, ...headers }, true)).toBe(verdict);
    expect(isSameOrigin({ host, ...headers }, false)).toBe(verdict);
  });

  it('lets a program without cookie say nothing, and nobody with one', () => {
    expect(isSameOrigin({ host }, false)).toBe(true);
    expect(isSameOrigin({ host }, true)).toBe(false);
  });
});
