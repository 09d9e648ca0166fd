import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';

import { measureRoundTrip } from '../../src/probe/round-trip.ts';

const never = new AbortController().signal;

describe('the round trip', () => {
  it('is that of several connections to a host that says nothing', async () => {
    let connections = 0;
    const host = net.createServer((socket) => {
      connections++;
      socket.resume();
    });
    host.listen(0, '127.0.0.1');
    await once(host, 'listening');
    const { port } = host.address() as AddressInfo;
    const spread = (await measureRoundTrip('127.0.0.1', port, never))!;
    expect(connections).toBe(9);
    expect(spread.least).toBeGreaterThan(0);
    expect(spread.p50).toBeGreaterThanOrEqual(spread.least);
    expect(spread.most).toBeGreaterThanOrEqual(spread.p50);
    const closed = once(host, 'close');
    host.close();
    await closed;
    expect(await measureRoundTrip('127.0.0.1', port, never)).toBeUndefined();
  });

  it('is not measured any more when it was broken off', async () => {
    const reason = new Error('Ctrl-C');
    await expect(measureRoundTrip('127.0.0.1', 1, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});
