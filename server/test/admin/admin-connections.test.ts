import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { adminApplication } from '../../src/admin/application.ts';
import type { ApplicationOptions } from '../../src/admin/application.ts';
import { accountRoutes } from '../../src/admin/resources/account.ts';
import { startAdmin } from './admin-harness.ts';
import type { Admin } from './admin-harness.ts';
import { applicationParts } from './application-parts.ts';

let admin: Admin;
let application: Omit<ApplicationOptions, 'isOwner' | 'ownHosts' | 'allowPublic'>;
let cookie: string;

beforeAll(async () => {
  admin = await startAdmin();
  cookie = await admin.setUp();
  const parts = await applicationParts(admin);
  application = {
    ...parts,
    routes: accountRoutes({ ...parts, hostName: () => 'living-room' }),
  };
});

afterAll(() => admin.close());

describe('a connection', () => {
  it('is not kept out by one address that holds all it can', async () => {
    const sockets = Array.from({ length: 40 }, () =>
      net.connect({ port: admin.server.port, host: '127.0.0.1', localAddress: '127.0.0.9' }),
    );
    let refused = 0;
    for (const socket of sockets) {
      socket.on('error', () => undefined).on('close', () => (refused += 1));
    }
    await expect.poll(() => refused, { timeout: 10_000 }).toBe(8);
    expect((await admin.ask('GET', '/api/v1/session')).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  it('of who is signed in has a place when strangers hold all of theirs', async () => {
    await admin.ask('GET', '/api/v1/state', { cookie });
    const sockets = [11, 12, 13].flatMap((last) =>
      Array.from({ length: 32 }, () =>
        net.connect({
          port: admin.server.port,
          host: '127.0.0.1',
          localAddress: `127.0.0.${last}`,
        }),
      ),
    );
    for (const socket of sockets) socket.on('error', () => undefined);
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const late = net.connect({
      port: admin.server.port,
      host: '127.0.0.1',
      localAddress: '127.0.0.14',
    });
    late.on('error', () => undefined);
    await once(late, 'close');
    expect((await admin.ask('GET', '/api/v1/state', { cookie })).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await Promise.all(sockets.map((socket) => (socket.closed ? undefined : once(socket, 'close'))));
  });

  it('whose headers or few bytes of JSON do not come in time loses its connection', async () => {
    const socketPath = path.join(admin.folder, 'slow.sock');
    const slow = await admin.again({ requestLimit: 1000, socketPath });
    for (const said of [
      'GET /api/v1/session HTTP/1.1\r\nHost: localhost\r\n',
      'POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n' +
        'Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{"pass',
    ]) {
      const socket = tls.connect({ port: slow.port, host: '127.0.0.1', rejectUnauthorized: false });
      socket.on('error', () => undefined).resume();
      await once(socket, 'secureConnect');
      const began = performance.now();
      socket.write(said);
      await once(socket, 'close');
      const took = performance.now() - began;
      expect(took).toBeGreaterThan(900);
      expect(took).toBeLessThan(4000);
    }
    await slow.close();
  });

  it('without TLS is led to the same page with it, and to no other machine', async () => {
    const { port } = admin.server;
    const say = async (text: string) => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      socket.write(text);
      let answer = '';
      for await (const part of socket) answer += String(part);
      return answer;
    };
    const get = (target: string, host: string) =>
      say(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const page = await get('/some/page?x=1', `localhost:${port}`);
    expect(page).toMatch(/^HTTP\/1\.1 307 /);
    expect(page).toContain(`\r\nLocation: https://localhost:${port}/some/page?x=1\r\n`);
    expect(page).toContain(`Open https://localhost:${port}/some/page?x=1\n`);
    const foreign = await get('/', 'evil.example');
    expect(foreign).toContain(`\r\nLocation: https://127.0.0.1:${port}/\r\n`);
    for (const target of ['//evil.example/', '/\\evil.example', 'http://evil.example/']) {
      expect(await get(target, `localhost:${port}`)).toContain(
        `\r\nLocation: https://localhost:${port}/\r\n`,
      );
    }
    const post = await say(
      `POST /api/v1/login HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 0\r\n\r\n`,
    );
    expect(post).toMatch(/^HTTP\/1\.1 400 /);
    expect(post).toContain(`Open https://localhost:${port}/\n`);
    expect(post).not.toContain('Location');
    // Neither TLS nor HTTP: refused, and the others go on.
    expect(await say('\0\x01\x02 nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect((await admin.ask('GET', '/api/v1/session')).status).toBe(200);
  });

  it('gets long answers pressed, where it takes them so', async () => {
    const ask = (encoding: string, target = '/api/v1/openapi.json') =>
      admin.ask('GET', target, { cookie, headers: { 'accept-encoding': encoding } });
    const plain = await ask('identity');
    expect(plain.headers['content-encoding']).toBeUndefined();
    for (const [encoding, unpack] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      const pressed = await ask(encoding);
      expect([pressed.status, pressed.headers['content-encoding']]).toEqual([200, encoding]);
      expect(pressed.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(pressed.headers.vary).toContain('Accept-Encoding');
      expect(unpack(pressed.bytes).toString()).toBe(plain.text);
      expect(pressed.bytes.length).toBeLessThan(plain.bytes.length / 4);
    }
    // Nothing to gain: a short one, and a picture. Never to be kept back: events.
    expect((await ask('br', '/api/v1/session')).headers['content-encoding']).toBeUndefined();
    expect(
      (await ask('br', '/api/v1/apps/desktop/art')).headers['content-encoding'],
    ).toBeUndefined();
    const first = await new Promise<string>((resolve, reject) => {
      const request = admin.open('GET', '/api/v1/events', {
        cookie,
        headers: { 'accept-encoding': 'br, gzip' },
      });
      request.on('error', reject);
      request.on('response', (response) =>
        response.once('data', (part: Buffer) => {
          resolve(part.toString());
          response.destroy();
        }),
      );
      request.end();
    });
    expect(first).toMatch(/^id: [0-9a-f]+-0\nevent: state\n/);
  });

  it('from the internet is refused unless that is allowed', async () => {
    for (const [from, allowPublic, status] of [
      ['8.8.8.8', false, 403],
      ['::ffff:8.8.8.8', false, 403],
      ['2001:4860:4860::8888', false, 403],
      ['8.8.8.8', true, 200],
      ['192.168.1.5', false, 200],
      ['fe80::1%eth0', false, 200],
    ] as const) {
      const { app } = adminApplication({
        ...application,
        isOwner: () => false,
        ownHosts: () => ['localhost'],
        allowPublic: () => allowPublic,
      });
      const handle = app.callback();
      const seen: http.RequestListener = (request, response) => {
        // No connection from a public address can be made here; what the kernel would say of it is put in its place.
        Object.defineProperty(request.socket, 'remoteAddress', { value: from });
        void handle(request, response);
      };
      await withServer(seen, async (port) => {
        const answer = await fetch(`http://localhost:${port}/api/v1/session`, {
          headers: { 'x-forwarded-for': '192.168.1.5', connection: 'close' },
        });
        expect([from, allowPublic, answer.status]).toEqual([from, allowPublic, status]);
        const said: unknown = await answer.json();
        if (status === 403) expect(said).toMatchObject({ error: { code: 'public-address' } });
      });
    }
  });

  it('through a proxy that the owner named is judged by whom the proxy speaks for', async () => {
    const proxied = (headers: Record<string, string>, proxies: readonly string[]) => {
      const { app } = adminApplication({
        ...application,
        isOwner: () => false,
        ownHosts: () => ['play.example.org'],
        allowPublic: () => false,
        proxies: () => proxies,
      });
      return withServer(app.callback(), async (port) => {
        const answer = await fetch(`http://localhost:${port}/api/v1/session`, {
          headers: { connection: 'close', ...headers },
        });
        const json = (await answer.json()) as { error?: { code: string } };
        return [answer.status, json.error?.code];
      });
    };
    const named = ['127.0.0.1', '::1'];
    const headers = { 'x-forwarded-host': 'play.example.org', 'x-forwarded-for': '192.168.1.5' };
    expect(await proxied(headers, named)).toEqual([200, undefined]);
    expect(await proxied(headers, [])).toEqual([421, 'unknown-host']);
    const stranger = { ...headers, 'x-forwarded-for': '192.168.1.5, 8.8.8.8' };
    expect(await proxied(stranger, named)).toEqual([403, 'public-address']);
    const rebound = { ...headers, 'x-forwarded-host': 'evil.example' };
    expect(await proxied(rebound, named)).toEqual([421, 'unknown-host']);
  });
});

async function withServer<T>(
  handle: http.RequestListener,
  work: (port: number) => Promise<T>,
): Promise<T> {
  const server = http.createServer(handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    return await work((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
