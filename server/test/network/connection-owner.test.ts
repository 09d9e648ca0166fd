import { once } from 'node:events';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';

import { connectionOwner, ownerIn } from '../../src/network/connection-owner.ts';

const open: { close(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.close();
});

async function connected(listen: string, connect: string): Promise<net.Socket> {
  const server = net.createServer();
  server.listen(0, listen);
  await once(server, 'listening');
  const client = net.connect((server.address() as AddressInfo).port, connect);
  const [accepted] = (await once(server, 'connection')) as [net.Socket];
  open.push({ close: () => (client.destroy(), accepted.destroy(), server.close()) });
  return accepted;
}

it.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::1', '::1'],
  // An IPv4 client of a socket that takes both.
  ['::', '127.0.0.1'],
])('names this user for a connection to %s by %s', async (listen, connect) => {
  const { remoteAddress, remotePort, localAddress, localPort } = await connected(listen, connect);
  const plain = (address: string | undefined) => address!.replace(/^::ffff:/, '');
  const peer = { address: plain(remoteAddress), port: remotePort! };
  const here = { address: plain(localAddress), port: localPort! };
  expect(await connectionOwner(peer, here)).toBe(process.getuid!());
  expect(await connectionOwner({ ...peer, port: 1 }, here)).toBeUndefined();
});

it('reads the user of the one connection that is meant and open', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1',
    '   1: 0100007F:C350 0100007F:BB76 06 00000000:00000000 00:00000000 00000000     0        0 2',
    '   2: 0100007F:C351 0100007F:BB76 01 00000000:00000000 00:00000000 00000000  1001        0 3',
    'half a line',
  ].join('\n');
  const here = { address: '127.0.0.1', port: 0xbb76 };
  expect(ownerIn(table, { address: '127.0.0.1', port: 0xc351 }, here)).toBe(1001);
  // Closing: its user is gone from the table.
  expect(ownerIn(table, { address: '127.0.0.1', port: 0xc350 }, here)).toBeUndefined();
  expect(ownerIn('', { address: '::1', port: 1 }, here)).toBeUndefined();
});
