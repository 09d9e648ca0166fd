import http from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { LINK_LIFETIME_MS, OneTimeLinks } from '../../src/admin/one-time-links.ts';
import { cookieOf, startAdmin } from './admin-harness.ts';
import type { Admin } from './admin-harness.ts';

let admin: Admin;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.close());

const make = async () =>
  (await admin.ask('POST', '/api/v1/owner/login-link', { owner: true })).json as {
    id: string;
    token: string;
    port: number;
    setUp: boolean;
  };
const use = (token: string, headers: Record<string, string> = {}) =>
  admin.ask('POST', '/api/v1/login-link', { body: { token }, headers });
const stateOf = async (id: string) =>
  (await admin.ask('GET', `/api/v1/owner/login-link/${id}`, { owner: true })).json.state as string;

it('leads whoever has set no password yet to doing that, without the printed secret', async () => {
  const link = await make();
  expect(link).toMatchObject({ port: admin.server.port, setUp: false });
  const answer = await use(link.token);
  expect(answer.json).toEqual({ secret: admin.server.firstRunSecret });
  expect(answer.headers['set-cookie']).toBeUndefined();
  expect(await stateOf(link.id)).toBe('used');
  await admin.setUp();
});

it('signs the owner’s browser on this machine in, once', async () => {
  const link = await make();
  expect(link.setUp).toBe(true);
  expect(await stateOf(link.id)).toBe('waiting');
  const answer = await use(link.token);
  expect([answer.status, answer.json]).toEqual([200, {}]);
  const cookie = cookieOf(answer);
  expect((await admin.ask('GET', '/api/v1/state', { cookie })).status).toBe(200);
  expect((await use(link.token)).json.error.code).toBe('link-over');
});

it('is asked for by nobody but the owner, and refused when it is made up', async () => {
  for (const [method, path] of [
    ['POST', '/api/v1/owner/login-link'],
    ['GET', `/api/v1/owner/login-link/${'0'.repeat(64)}`],
  ] as const) {
    expect((await admin.ask(method, path)).json.error.code).toBe('owner-only');
  }
  expect((await use('a'.repeat(43))).json.error.code).toBe('link-over');
  // A page elsewhere that knows a token still may not use it.
  const { token } = await make();
  expect((await use(token, { 'sec-fetch-site': 'cross-site' })).json.error.code).toBe(
    'foreign-origin',
  );
  expect((await use(token)).status).toBe(200);
});

it('does not count for whom a proxy on this machine speaks for', async () => {
  const server = await admin.again({
    socketPath: `${admin.folder}/second.sock`,
    proxies: () => ['127.0.0.1'],
  });
  const { token } = await new Promise<{ token: string }>((resolve, reject) => {
    const request = http.request(
      {
        socketPath: `${admin.folder}/second.sock`,
        method: 'POST',
        path: '/api/v1/owner/login-link',
      },
      (answer) => {
        let text = '';
        answer.on('data', (part: Buffer) => (text += part.toString()));
        answer.on('end', () => resolve(JSON.parse(text) as { token: string }));
      },
    );
    request.on('error', reject).end();
  });
  const ask = (headers: Record<string, string>) =>
    admin.ask('POST', '/api/v1/login-link', { port: server.port, body: { token }, headers });
  expect((await ask({ 'x-forwarded-for': '192.168.1.9' })).json.error.code).toBe('link-over');
  expect((await ask({})).status).toBe(200);
});

it('is over after its time, and the oldest of several makes room', () => {
  let now = 0;
  const links = new OneTimeLinks(() => now);
  const first = links.make();
  now = LINK_LIFETIME_MS - 1;
  expect(links.isWaiting(first.token)).toBe(true);
  now += 1;
  expect(links.use(first.token)).toBe(false);
  expect(links.state(first.id)).toBe('over');
  const second = links.make();
  for (let count = 0; count < 4; count++) links.make();
  expect(links.use(second.token)).toBe(false);
});
