import { expect, it } from 'vitest';

import {
  counted,
  enetClient,
  launch,
  LAUNCH,
  LEGACY,
  pingOf,
  startServer,
  udpSocket,
} from './control-host.ts';
import { until } from './free-ports.ts';

const TEST = {
  ...LAUNCH,
  number: -1,
  connectData: 0,
  pingPayload: 'fedcba9876543210',
  mediaOnly: true,
};

it('a speed test is pinged by its payload alone', async () => {
  const { plane, seen, videoPort } = await startServer();
  const socket = await udpSocket();
  plane.expect(TEST);
  socket.send('PING', videoPort, '127.0.0.1');
  await counted(plane, 'ping-unknown');
  expect(seen('endpoint')).toEqual([]);
  socket.send(pingOf(TEST), videoPort, '127.0.0.1');
  await until(() => seen('endpoint').length > 0, 'an endpoint');
  const localAddress = '127.0.0.1';
  const { address, port } = socket.address();
  expect(seen('endpoint')).toEqual([
    ['endpoint', -1, 'video', { address, port, localAddress, localPort: videoPort }],
  ]);
  expect((await plane.counters())['ping-unknown']).toBe(1);
});

it('a speed test does not stand in the way of an old client at the same address', async () => {
  const { plane, seen, videoPort } = await startServer();
  const socket = await udpSocket();
  plane.expect(TEST);
  launch(plane, { connectData: 0 }, LEGACY);
  socket.send('PING', videoPort, '127.0.0.1');
  await until(() => seen('endpoint').length > 0, 'an endpoint');
  expect(seen('endpoint')).toMatchObject([['endpoint', LAUNCH.number, 'video', {}]]);
});

it('a speed test takes no control connection', async () => {
  const { plane, controlPort } = await startServer();
  plane.expect(TEST);
  await expect(enetClient(controlPort, { data: 0 }, 500)).rejects.toThrow('does not answer ENet');
});
