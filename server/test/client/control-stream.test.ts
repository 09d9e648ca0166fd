import dgram from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GRACEFUL } from '../../src/client/control/host-messages.ts';
import { ControlStream } from '../../src/client/control/control-stream.ts';
import { key as pressKey } from '../../src/client/control/input-packets.ts';
import { MediaSocket } from '../../src/client/media-socket.ts';
import { Violations } from '../../src/client/violations.ts';
import { ControlServer } from '../../src/gamestream/control/control-server.ts';

const KEY = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
const SESSION = 5;
const CONNECT_DATA = 0xa1b2c3d4;
const PAYLOAD = '0123456789ABCDEF';

let server: ControlServer;
let ports: { videoPort: number; controlPort: number; audioPort: number };
let violations: Violations;

async function freePorts(): Promise<number[]> {
  const sockets = await Promise.all(
    [1, 2, 3].map(async () => {
      const socket = dgram.createSocket('udp4');
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
      return socket;
    }),
  );
  const found = sockets.map((socket) => (socket.address() as AddressInfo).port);
  await Promise.all(
    sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
  );
  return found;
}

// The host's own control plane is the other side: real sockets, real ENet, real seals.
beforeEach(async () => {
  const [videoPort, controlPort, audioPort] = await freePorts();
  ports = { videoPort: videoPort!, controlPort: controlPort!, audioPort: audioPort! };
  server = new ControlServer({
    log: pino({ level: 'silent' }),
    input: () => {
      throw new Error('no devices here');
    },
  });
  await server.open({ addresses: ['127.0.0.1'], ...ports });
  server.expect({
    number: SESSION,
    key: KEY,
    connectData: CONNECT_DATA,
    pingPayload: PAYLOAD,
    address: '127.0.0.1',
    clientName: 'test',
  });
  server.configure(SESSION, {
    v2: true,
    honoursPingPayload: true,
    sendsFecStatus: true,
    input: { backend: 'none', width: 1280, height: 720 },
  });
  violations = new Violations();
});

afterEach(() => server.close());

const connect = (): Promise<ControlStream> =>
  ControlStream.open(
    {
      host: '127.0.0.1',
      port: ports.controlPort,
      connectData: CONNECT_DATA,
      key: KEY,
      scheme: 'v2',
    },
    violations,
  );

it('connects, asks for the first keyframe, and leaves politely', async () => {
  const connected = once(server, 'connected');
  const keyframe = once(server, 'keyframeRequested');
  const stream = await connect();
  expect((await connected)[0]).toBe(SESSION);
  expect(await keyframe).toEqual([SESSION]);
  await stream.startInput();
  stream.input(pressKey(true, 0x41));
  const left = once(server, 'disconnected');
  await stream.disconnect();
  expect(await left).toEqual([SESSION, 'client-left']);
  expect(violations.list).toEqual([]);
});

it('asks for keyframes and invalidated references, and reports damaged blocks', async () => {
  const stream = await connect();
  await once(server, 'keyframeRequested');
  const invalidated = once(server, 'invalidationRequested');
  const reported = once(server, 'fecStatus');
  stream.invalidate(100, 103);
  stream.reportBlock({
    frameIndex: 9,
    index: 0,
    lastBlock: 0,
    dataShards: 4,
    parityShards: 2,
    fecPercentage: 50,
    dataReceived: 1,
    parityReceived: 0,
    missingBeforeHighest: 0,
    highestSequence: 40,
    nextContiguousSequence: 41,
  });
  expect(await invalidated).toEqual([SESSION, 100, 103]);
  expect((await reported)[1]).toMatchObject({
    frame: 9,
    dataPackets: 4,
    parityPackets: 2,
    fecPercentage: 50,
  });
  await stream.disconnect();
});

it('is told when the host ends the session', async () => {
  const connected = once(server, 'connected');
  const stream = await connect();
  await connected;
  const ended = once(stream, 'ended');
  const done = server.end(SESSION, GRACEFUL);
  expect(await ended).toEqual([GRACEFUL]);
  await done;
  await stream.disconnect();
});

it('vanishes without a word when asked to', async () => {
  const connected = once(server, 'connected');
  const stream = await connect();
  await connected;
  let told = false;
  server.once('disconnected', () => {
    told = true;
  });
  await stream.vanish();
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(told).toBe(false);
});

it('pings both planes with the payload of SETUP', async () => {
  const endpoint = once(server, 'endpoint');
  const socket = await MediaSocket.open({
    host: '127.0.0.1',
    port: ports.videoPort,
    pingPayload: PAYLOAD,
    onDatagram: () => undefined,
  });
  const [session, plane, to] = (await endpoint) as [
    number,
    string,
    { address: string; port: number },
  ];
  expect([session, plane]).toEqual([SESSION, 'video']);
  expect(to).toMatchObject({
    address: '127.0.0.1',
    port: socket.localPort,
    localPort: ports.videoPort,
  });
  await socket.close();
  await socket.close();
});
