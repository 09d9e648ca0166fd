import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

import { describe, expect, it } from 'vitest';

import { ConnectionShare } from '../../src/network/connection-share.ts';

const LIMITS = { perShare: 2, strangers: 4, known: 2 };

let remotePort = 1024;

function from(remoteAddress: string): Socket {
  remotePort += 1;
  return Object.assign(new EventEmitter(), { remoteAddress, remotePort }) as unknown as Socket;
}

describe('ConnectionShare', () => {
  it('counts all addresses of a /64 as one, and gives places back', () => {
    const share = new ConnectionShare(LIMITS);
    const first = from('2001:db8::1');
    expect(share.take(first)).toBe(true);
    expect(share.take(from('2001:db8::2'))).toBe(true);
    expect(share.take(from('2001:db8::3'))).toBe(false);
    expect(share.take(from('2001:db8:0:1::3'))).toBe(true);
    first.emit('close');
    expect(share.take(from('2001:db8::3'))).toBe(true);
  });

  it('counts IPv4 addresses each by itself, mapped ones too', () => {
    const share = new ConnectionShare(LIMITS);
    for (const address of ['10.0.0.1', '::ffff:10.0.0.1']) {
      expect(share.take(from(address))).toBe(true);
    }
    expect(share.take(from('10.0.0.1'))).toBe(false);
    expect(share.take(from('10.0.0.2'))).toBe(true);
  });

  it('keeps places for those who are known, whatever strangers hold', () => {
    const share = new ConnectionShare(LIMITS, (address) => address === '2001:db8::99');
    for (const address of ['10.0.0.1', '10.0.0.2', '2001:db8::1', '2001:db8::2']) {
      expect(share.take(from(address))).toBe(true);
    }
    expect(share.take(from('10.0.0.3'))).toBe(false);
    // A neighbour of those who hold the share of its /64.
    expect(share.take(from('2001:db8::99'))).toBe(true);
    expect(share.take(from('2001:db8::99'))).toBe(true);
    expect(share.take(from('2001:db8::99'))).toBe(false);
  });

  it("returns a stranger's place when it proves who it is", () => {
    const share = new ConnectionShare(LIMITS);
    const device = from('10.0.0.1');
    share.take(device);
    share.take(from('10.0.0.1'));
    share.recognise(device);
    share.recognise(device);
    expect(share.take(from('10.0.0.1'))).toBe(true);
    expect(share.take(from('10.0.0.1'))).toBe(false);
    device.emit('close');
    share.recognise(device);
    // Its place among the known is free again.
    const others = [from('10.0.0.7'), from('10.0.0.7')];
    for (const other of others) share.take(other);
    for (const other of others) share.recognise(other);
    expect(share.take(from('10.0.0.7'))).toBe(true);
  });

  it('lets who is known draw on what strangers leave', () => {
    const share = new ConnectionShare(LIMITS, (address) => address.startsWith('10.0.0.'));
    const taken = [1, 2, 3, 4, 5, 6, 7].map((last) => share.take(from(`10.0.0.${last}`)));
    expect(taken).toEqual([true, true, true, true, true, true, false]);
  });
});
