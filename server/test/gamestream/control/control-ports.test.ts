import { once } from 'node:events';

import { describe, expect, it } from 'vitest';

import {
  counted,
  enetClient,
  freePorts,
  launch,
  LAUNCH,
  LEGACY,
  ping,
  PING,
  server,
  SETTINGS,
  startServer,
  udpSocket,
} from './control-host.ts';
import { until } from './free-ports.ts';

describe('the ports of the control plane', () => {
  it('tells where media goes by pings from the launch address, early ones included', async () => {
    const { plane, seen, videoPort, audioPort } = await startServer();
    plane.expect(LAUNCH);
    const port = await ping(PING, audioPort);
    await until(() => seen('endpoint').length > 0, 'the endpoint');
    await ping(PING, videoPort, '127.0.0.2');
    await ping(Buffer.from('FFFFFFFFFFFFFFFF\0\0\0\x01'), videoPort);
    await ping(Buffer.from('PING'), videoPort);
    await ping(Buffer.from('junk!'), videoPort);
    await counted(plane, 'ping-malformed');
    plane.configure(1, SETTINGS);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const localAddress = '127.0.0.1';
    expect(seen('endpoint')).toEqual([
      ['endpoint', 1, 'audio', { address: '127.0.0.1', port, localAddress, localPort: audioPort }],
    ]);
    expect(await plane.counters()).toMatchObject({ 'ping-unknown': 1, 'ping-malformed': 1 });
  });

  it('takes clients of the older kind by their address, when it can mean one of them only', async () => {
    const { plane, seen, videoPort, audioPort, connect } = await startServer();
    plane.expect({ ...LAUNCH, connectData: 5 });
    plane.expect({ ...LAUNCH, number: 2, connectData: 6, pingPayload: 'FFFFFFFFFFFFFFFF' });
    await ping(Buffer.from('PING'), audioPort);
    await counted(plane, 'ping-ambiguous');
    plane.configure(1, { ...SETTINGS, ...LEGACY });
    plane.configure(2, SETTINGS);
    const port = await ping(Buffer.from('PING'), videoPort);
    await until(() => seen('endpoint').length > 0, 'the endpoint');
    expect(seen('endpoint')).toMatchObject([['endpoint', 1, 'video', { port }]]);
    const { stream } = await connect({ legacy: true });
    stream.requestKeyframe();
    await until(() => seen('keyframeRequested').length > 1, 'the messages');
    expect(seen('connected')).toEqual([['connected', 1, '127.0.0.1']]);
    expect((await plane.counters())['ping-ambiguous']).toBe(1);
  });

  it('answers from the address that was asked and names it as the media address', async () => {
    const { plane, seen, videoPort, controlPort } = await startServer([
      '127.0.0.2',
      '127.0.0.3',
      '::1',
    ]);
    launch(plane);
    await ping(PING, videoPort, '127.0.0.1', '127.0.0.3');
    await until(() => seen('endpoint').length > 0, 'the endpoint');
    expect(seen('endpoint')).toMatchObject([
      ['endpoint', 1, 'video', { localAddress: '127.0.0.3' }],
    ]);
    // A connected socket takes answers only from the address that it asked.
    for (const address of ['127.0.0.3', '::1']) {
      const client = await enetClient(controlPort, { address });
      await client.close();
    }
  });

  it('leaves pings to the media socket that is connected to their sender', async () => {
    const { plane, seen, videoPort } = await startServer();
    plane.expect(LAUNCH);
    const client = await udpSocket();
    client.send(PING, videoPort, '127.0.0.1');
    await until(() => seen('endpoint').length > 0, 'the endpoint');
    const media = await udpSocket(videoPort, '127.0.0.1', { reusePort: true });
    media.connect(client.address().port, '127.0.0.1');
    await once(media, 'connect');
    let taken = 0;
    media.on('message', () => (taken += 1));
    for (let count = 0; count < 20; count += 1) client.send(PING, videoPort, '127.0.0.1');
    await until(() => taken === 20, 'the pings at the media socket');
    const others = await Promise.all(Array.from({ length: 20 }, () => ping(PING, videoPort)));
    await until(() => seen('endpoint').length === 21, 'the pings of others');
    expect(others.length).toBe(20);
    expect((await plane.counters())['pings']).toBe(21);
  });

  it.each(['::', '0.0.0.0'])(
    'listens on every address of the machine with %s',
    async (wildcard) => {
      const { plane, seen, videoPort } = await startServer([wildcard]);
      plane.expect(LAUNCH);
      await ping(PING, videoPort, '127.0.0.1', '127.0.0.1');
      await until(() => seen('endpoint').length === 1, 'the endpoint');
      // 127.0.0.9 belongs to no interface by name: the wildcard socket takes it.
      await ping(PING, videoPort, '127.0.0.1', '127.0.0.9');
      await until(() => seen('endpoint').length === 2, 'the other endpoint');
      expect(seen('endpoint')).toMatchObject([
        ['endpoint', 1, 'video', { address: '127.0.0.1', localAddress: '127.0.0.1' }],
        ['endpoint', 1, 'video', { address: '127.0.0.1', localAddress: '127.0.0.1' }],
      ]);
    },
  );

  it('names a port that is taken, even by a program that would share it', async () => {
    const ports = await freePorts();
    await udpSocket(ports.controlPort, '127.0.0.1', { reusePort: true });
    const { plane } = server();
    await expect(plane.open({ addresses: ['127.0.0.1'], ...ports })).rejects.toThrow(
      `UDP port ${ports.controlPort} (control) is in use by another program`,
    );
  });

  it('says which address is none of this machine', async () => {
    const { plane } = server();
    await expect(
      plane.open({ addresses: ['203.0.113.9'], ...(await freePorts()) }),
    ).rejects.toThrow('203.0.113.9 is no address of this machine. Correct --bind.');
  });
});
