import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { watchWhileConnected } from '../../src/network/request-watch.ts';

let server: http.Server;

beforeEach(async () => {
  server = http.createServer({ headersTimeout: 100, requestTimeout: 100 });
  watchWhileConnected(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** What Node's own timer waits for. */
function lookInterval(): number | undefined {
  const name = Object.getOwnPropertySymbols(server).find(
    ({ description }) => description === 'http.server.connectionsCheckingInterval',
  );
  const timer = (server as unknown as Record<symbol, { _repeat: number } | undefined>)[name!];
  return timer?._repeat;
}

async function connect(): Promise<net.Socket> {
  const socket = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

it('nothing is looked for while nobody is connected', async () => {
  expect(lookInterval()).toBeGreaterThan(86_400_000);
  const first = await connect();
  const second = await connect();
  await expect.poll(lookInterval).toBe(500);
  first.destroy();
  // The other says nothing, and is ended.
  await once(second.resume(), 'close');
  await expect.poll(lookInterval).toBeGreaterThan(86_400_000);
});

it('a request that never ends is ended, each time anew', async () => {
  for (let round = 0; round < 2; round += 1) {
    const socket = await connect();
    socket.write('GET / HTTP/1.1\r\n');
    const began = performance.now();
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 408 /);
    expect(performance.now() - began).toBeLessThan(1500);
    socket.destroy();
    await expect.poll(lookInterval).toBeGreaterThan(86_400_000);
  }
});

it('nor where another server listens for it', async () => {
  server.close();
  server = http.createServer();
  watchWhileConnected(server);
  const front = net.createServer((socket) => server.emit('connection', socket));
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const socket = net.connect((front.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  await expect.poll(lookInterval).toBe(500);
  socket.destroy();
  await expect.poll(lookInterval).toBeGreaterThan(86_400_000);
  front.close();
});
