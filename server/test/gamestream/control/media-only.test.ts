import dgram from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EnetClient } from '../../../src/gamestream/enet/client.ts';
import type { ExpectedClient } from '../../../src/gamestream/control/control-plane.ts';
import { ControlServer } from '../../../src/gamestream/control/control-server.ts';
import type { Endpoint } from '../../../src/native/media-addon.ts';
import { log } from '../nvhttp-host.ts';
import { freeUdpPorts, until } from './free-ports.ts';

const TEST: ExpectedClient = {
  session: -1,
  key: Buffer.alloc(16),
  connectData: 0,
  pingPayload: 'fedcba9876543210',
  address: '127.0.0.1',
  clientName: 'Probe',
  mediaOnly: true,
};

let plane: ControlServer;
let socket: dgram.Socket;
let videoPort: number;
let controlPort: number;
const endpoints: [session: number, plane: string, endpoint: Endpoint][] = [];

beforeEach(async () => {
  const ports = await freeUdpPorts(3);
  videoPort = ports[0]!;
  controlPort = ports[1]!;
  plane = new ControlServer({
    log,
    input: () => {
      throw new Error('no input here');
    },
  });
  endpoints.length = 0;
  plane.on('endpoint', (...args) => endpoints.push(args));
  await plane.open({ addresses: ['127.0.0.1'], videoPort, controlPort, audioPort: ports[2]! });
  socket = dgram.createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
});
afterEach(async () => {
  await plane.close();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
});

it('a speed test is pinged by its payload alone', async () => {
  plane.expect(TEST);
  socket.send('PING', videoPort, '127.0.0.1');
  await vi.waitFor(async () => expect((await plane.counters())['ping-unknown']).toBe(1), {
    timeout: 5000,
    interval: 5,
  });
  expect(endpoints).toEqual([]);
  socket.send(`${TEST.pingPayload}\0\0\0\x01`, videoPort, '127.0.0.1');
  await until(() => endpoints.length > 0, 'an endpoint');
  expect(endpoints).toEqual([
    [
      -1,
      'video',
      {
        address: '127.0.0.1',
        port: socket.address().port,
        localAddress: '127.0.0.1',
        localPort: videoPort,
      },
    ],
  ]);
});

it('a speed test does not stand in the way of an old client at the same address', async () => {
  plane.expect(TEST);
  const old = { ...TEST, session: 1, pingPayload: '0123456789ABCDEF', mediaOnly: false };
  plane.expect(old);
  plane.configure(1, {
    v2: false,
    honoursPingPayload: false,
    sendsFecStatus: false,
    input: { backend: 'none', width: 1, height: 1 },
  });
  socket.send('PING', videoPort, '127.0.0.1');
  await until(() => endpoints.length > 0, 'an endpoint');
  expect(endpoints[0]![0]).toBe(1);
});

it('a speed test takes no control connection', async () => {
  plane.expect(TEST);
  const connecting = EnetClient.connect(
    {
      address: '127.0.0.1',
      port: controlPort,
      data: 0,
      onMessage: () => undefined,
      onDisconnected: () => undefined,
    },
    500,
  );
  await expect(connecting).rejects.toThrow('does not answer ENet');
});
