import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { NvHttp } from '../../../src/gamestream/nvhttp/nvhttp.ts';
import { readCertificate } from '../../../src/gamestream/pairing/certificate.ts';
import { ListenFailed } from '../../../src/network/listen.ts';
import { log, makeClientIdentity, startHost, type TestHost } from '../nvhttp-host.ts';
import { PairingClient } from '../pairing-client.ts';

const known = makeClientIdentity();
const fingerprint = readCertificate(known.certPem)!.fingerprint;

let host: TestHost;
let tv: PairingClient;
let stranger: PairingClient;
let nobody: PairingClient;

beforeAll(async () => {
  host = await startHost();
  tv = new PairingClient(host.ports, known);
  stranger = new PairingClient(host.ports, makeClientIdentity());
  nobody = new PairingClient(host.ports);
});
afterAll(() => host.close());
beforeEach(async () => {
  await host.devices.add({ fingerprint, name: 'TV', certificatePem: known.certPem });
  await host.devices.setEnabled(fingerprint, true);
});

describe('TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'sends one certificate and sees the client again in a resumed %s session',
    async (version) => {
      const run = async (session?: Buffer): Promise<[string, boolean, Buffer | undefined]> => {
        let ticket: Buffer | undefined;
        const socket = tls.connect({
          host: '127.0.0.1',
          port: host.ports.https,
          cert: known.certPem,
          key: known.privateKeyPem,
          rejectUnauthorized: false,
          minVersion: version,
          maxVersion: version,
          ALPNProtocols: ['h2', 'http/1.1'],
          ...(session && { session }),
        });
        socket.on('session', (made) => (ticket = made));
        await once(socket, 'secureConnect');
        expect(socket.alpnProtocol).toBe('http/1.1');
        if (!session) {
          const chain = socket.getPeerCertificate(true);
          expect(chain.raw).toEqual(host.identity.certificate.der);
          expect(chain.issuerCertificate.raw).toEqual(chain.raw);
        }
        socket.write('GET /serverinfo HTTP/1.1\r\nHost: x\r\n\r\n');
        let text = '';
        socket.on('data', (data: Buffer) => (text += data.toString()));
        await once(socket, 'end');
        const reused = socket.isSessionReused();
        socket.destroy();
        return [text, reused, ticket];
      };
      const [first, , ticket] = await run();
      expect(first).toContain('<PairStatus>1</PairStatus>');
      const [second, reused] = await run(ticket);
      expect(reused).toBe(true);
      expect(second).toContain('<PairStatus>1</PairStatus>');
      await host.devices.setEnabled(fingerprint, false);
      const [third] = await run(ticket);
      expect(third).toContain('status_code="401"');
    },
  );

  it('refuses TLS 1.1 and a certificate that only looks like a paired one', async () => {
    await expect(
      tv.getSecure('/serverinfo', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }),
    ).rejects.toThrow();
    expect((await stranger.getSecure('/serverinfo')).status).toBe(401);
    expect((await tv.getSecure('/serverinfo')).status).toBe(200);
  });
});

describe('connections', () => {
  const raw = async (bytes: string | Buffer): Promise<{ text: string; error?: string }> => {
    const socket = net.connect(host.ports.http, '127.0.0.1');
    let text = '';
    let error: string | undefined;
    socket.on('data', (data: Buffer) => (text += data.toString()));
    socket.on('error', (failure: NodeJS.ErrnoException) => (error = failure.code));
    socket.write(bytes);
    await once(socket, 'close');
    return { text, ...(error !== undefined && { error }) };
  };

  it('accept request lines of 16 kB and refuse longer ones readably', async () => {
    const long = (length: number): string => '/serverinfo?x='.padEnd(length, 'a');
    expect((await tv.get(long(16_384))).status).toBe(200);
    expect((await tv.get(long(16_385))).status).toBe(400);
    expect((await tv.get(long(60_000))).status).toBe(400);
  });

  it('end by FIN even when the client sent more than was read', async () => {
    const one = 'GET /serverinfo HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n';
    const { text, error } = await raw(one + 'z'.repeat(200_000));
    expect(error).toBeUndefined();
    expect(text).toContain('</root>');
  });

  it('answer one request each', async () => {
    const one = 'GET /serverinfo HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n';
    const { text, error } = await raw(one.repeat(5));
    expect(error).toBeUndefined();
    expect(text.match(/<root/g)).toHaveLength(1);
  });

  it('refuse other methods and what is no HTTP with XML under HTTP 200', async () => {
    for (const bytes of [
      'POST /serverinfo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n',
      'GET /serverinfo?%zz HTTP/1.1\r\nHost: x\r\n\r\n',
      'OPTIONS rtsp://127.0.0.1:48010 RTSP/1.0\r\nCSeq: 1\r\n\r\n',
      Buffer.from('160301020001000001fc0303', 'hex'),
      'GET /serverinfo HTTP/1.1\r\nBad header\r\n\r\n',
    ]) {
      const { text } = await raw(bytes);
      expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n/);
      expect(text).toMatch(/<root status_code="40[05]" status_message="[^"]+"\/>$/);
    }
  });

  it('tolerate probes without data, by FIN and by RST, on both ports', async () => {
    for (const port of [host.ports.http, host.ports.https]) {
      for (const reset of [false, true]) {
        const socket = net.connect(port, '127.0.0.1');
        await once(socket, 'connect');
        if (reset) socket.resetAndDestroy();
        else socket.end();
        await once(socket, 'close');
      }
    }
    expect((await tv.get('/serverinfo')).status).toBe(200);
    expect((await tv.getSecure('/serverinfo')).status).toBe(200);
  });

  it('give up on a request that comes byte by byte', async () => {
    const hasty = await startHost({ requestTimeout: 1000 });
    const socket = net.connect(hasty.ports.http, '127.0.0.1');
    socket.on('error', () => undefined);
    const started = Date.now();
    const timer = setInterval(() => socket.write('x'), 100);
    socket.write('GET /serverinfo HTTP/1.1\r\nHost: ');
    socket.resume();
    // A reset is an end too, which `once` would reject for.
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(timer);
    expect(Date.now() - started).toBeGreaterThan(900);
    expect(Date.now() - started).toBeLessThan(4000);
    expect(hasty.nvhttp.counters.get('http-aborted')).toBe(1);
    await hasty.close();
  });

  it('are at most 32 from one address', async () => {
    const sockets: net.Socket[] = [];
    for (let i = 0; i < 32; i++) {
      const socket = net.connect({
        port: host.ports.http,
        host: '127.0.0.1',
        localAddress: '127.0.0.9',
      });
      socket.on('error', () => undefined);
      await once(socket, 'connect');
      sockets.push(socket);
    }
    const many = new PairingClient(host.ports);
    many.localAddress = '127.0.0.9';
    await expect(many.get('/serverinfo')).rejects.toThrow();
    await expect(many.getSecure('/serverinfo')).rejects.toThrow();
    expect(host.nvhttp.counters.get('too-many-connections')).toBe(2);
    expect((await nobody.get('/serverinfo')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    const freed = () => many.get('/serverinfo').then((reply) => reply.status);
    await expect.poll(freed, { timeout: 10_000 }).toBe(200);
    expect((await many.getSecure('/serverinfo')).status).toBe(401);
  });

  it('name the port and its holder when it is taken', async () => {
    const unused = { ...host.ports, http: host.ports.http };
    const second = new NvHttp({ ...optionsOf(host), ports: unused });
    const failure = await second.open().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ListenFailed);
    expect((failure as Error).message).toContain(`TCP port ${host.ports.http} is held by `);
    expect((failure as Error).message).toContain(`(process ${process.pid})`);
    await second.close();
    await second.close();
  });
});

function optionsOf(running: TestHost): ConstructorParameters<typeof NvHttp>[0] {
  return {
    log,
    ports: running.ports,
    identity: running.identity,
    devices: running.devices,
    desk: running.desk,
    speedTests: running.speedTests,
    problems: { report: () => {} },
    apps: { list: () => [] } as never,
    isListed: () => true,
    sessions: running.sessions as never,
    hostName: () => 'x',
    codecModes: () => 1,
    addresses: ['127.0.0.1'],
    allowPublic: () => false,
  };
}
