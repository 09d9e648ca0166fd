import { readFile } from 'node:fs/promises';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { BUILT_IN_TITLES } from '../apps/built-in-apps.ts';
import { adminApplication } from '../../src/admin/application.ts';
import type { ApplicationOptions } from '../../src/admin/application.ts';
import { GuardedFixes } from '../../src/captures/fixes/guarded-fixes.ts';
import { EventHub } from '../../src/admin/event-hub.ts';
import type { Route } from '../../src/admin/route.ts';
import { OneTimeLinks } from '../../src/admin/one-time-links.ts';
import { adminRoutes } from '../../src/admin/routes.ts';
import { hostState } from '../../src/admin/resources/host.ts';
import { LogBook } from '../../src/telemetry/log-book.ts';
import { NetworkTests } from '../../src/admin/network-test/network-tests.ts';
import { FINGERPRINT, NETWORK_TEST, PASSWORD, startAdmin } from './admin-harness.ts';
import type { Admin, Answer } from './admin-harness.ts';
import { applicationParts } from './application-parts.ts';

let admin: Admin;
let routes: readonly Route[];
let application: Omit<ApplicationOptions, 'isOwner' | 'ownHosts' | 'allowPublic'>;
let router: ReturnType<typeof adminApplication>['router'];
let cookie: string;

beforeAll(async () => {
  admin = await startAdmin();
  cookie = await admin.setUp();
  const common = await applicationParts(admin);
  const { account, logins, tokens } = common;
  const parts = {
    ...admin,
    status: () => admin.status,
    look: () => {},
    counters: async () => ({}),
    encoders: () => [],
    doctor: async () => [],
    others: {
      look: async () => ({ hosts: [], paired: [] }),
      take: async () => ({ apps: [], devices: [], left: [], restart: 'none' as const }),
    },
    backup: async function* () {
      yield Buffer.from('a backup');
    },
    findApps: async () => ({ apps: [], late: [] }),
    tryCommand: () => Promise.reject(new Error('nothing is tried here')),
    book: new LogBook(),
    fixes: new GuardedFixes({ ...admin, log: admin.log as never }),
  };
  const networkTests = new NetworkTests({
    ...{ logins, log: admin.log as never, start: NETWORK_TEST },
    certificate: { key: '', cert: '' },
    streaming: () => true,
    deviceTests: () => false,
  });
  const events = new EventHub({
    state: () => hostState(parts),
    logins,
    tokens,
    watch: () => () => undefined,
  });
  routes = adminRoutes({
    ...{ ...parts, account, logins, tokens, events, networkTests, webRoot: undefined },
    links: new OneTimeLinks(),
    adminPort: () => 0,
  });
  application = { ...common, routes };
  ({ router } = adminApplication({
    ...application,
    isOwner: () => false,
    ownHosts: () => [],
    allowPublic: () => false,
  }));
});

afterAll(() => admin.close());

const target = (route: Route) =>
  route.path
    .replace('sessions/:id', 'sessions/7')
    .replace('login-link/:id', `login-link/${FINGERPRINT}`)
    .replace('pairing/:id', 'pairing/0123456789abcdef')
    .replace('faults/:id', 'faults/1')
    .replace('tokens/:id', 'tokens/0123456789abcdef')
    .replace('sign-ins/:id', 'sign-ins/0123456789abcdef')
    .replace(':id', 'desktop')
    .replace(':fingerprint', FINGERPRINT)
    .replace('{*page}', '');
const refusal = (answer: Answer) => [answer.status, answer.json?.error?.code];

describe('every route', () => {
  it('that the router knows stands in the table, with its class', () => {
    const served = router.stack.map((layer) => `${layer.methods.at(-1)} ${String(layer.path)}`);
    const listed = routes.map((route) => `${route.method.toUpperCase()} ${route.path}`);
    expect(served.toSorted()).toEqual(listed.toSorted());
    expect(new Set(listed).size).toBe(listed.length);
    for (const route of routes) {
      expect(['open', 'admin', 'password', 'owner']).toContain(route.access);
    }
  });

  it('that runs or changes a command needs the password again', () => {
    const commands = routes.filter((route) => /\/apps(\/:id)?$/.test(route.path));
    expect(
      commands
        .filter(({ method }) => ['post', 'put', 'patch'].includes(method))
        .map((r) => r.access),
    ).toEqual(['password', 'password']);
  });

  it('stands in the documentation, with its class', async () => {
    const page = path.join(import.meta.dirname, '../../../docs/3-reference/admin-api.md');
    const documented = (await readFile(page, 'utf8'))
      .split('\n')
      .flatMap(
        (line) => /^\| ([A-Z]+) `(\/[^`]*)` +\| (\w+) +\|/.exec(line)?.slice(1, 4).join(' ') ?? [],
      )
      .toSorted();
    const listed = routes
      .filter((route) => route.path.startsWith('/api/'))
      .map((route) => `${route.method.toUpperCase()} ${route.path} ${route.access}`)
      .toSorted();
    expect(documented).toEqual(listed);
  });

  it('but the open ones turns strangers away before anything else', async () => {
    for (const route of routes.filter(({ access }) => access !== 'open')) {
      const answer = await admin.ask(route.method.toUpperCase(), target(route), {
        body: route.method === 'get' || route.method === 'delete' ? undefined : { any: 'thing' },
      });
      expect([route.method, route.path, ...refusal(answer)]).toEqual([
        route.method,
        route.path,
        ...(route.access === 'owner' ? [403, 'owner-only'] : [401, 'not-signed-in']),
      ]);
    }
  });

  it('of the password class wants the password from who is signed in', async () => {
    const app = { title: 'X', command: ['/bin/true'] };
    const calls = [
      ['POST', '/api/v1/apps', { app }],
      ['PUT', '/api/v1/apps/desktop', { app }],
      ['POST', '/api/v1/apps/trial', { app }],
      ['PUT', '/api/v1/password', { newPassword: 'another password' }],
      ['POST', '/api/v1/import', { folder: '/x', devices: [], apps: true, replace: false }],
      ['POST', '/api/v1/backup', { passphrase: 'twelve signs' }],
      ['POST', '/api/v1/tokens', { name: 'X', scopes: ['read'] }],
    ] as const;
    expect(calls).toHaveLength(routes.filter(({ access }) => access === 'password').length);
    for (const [method, url, body] of calls) {
      expect(refusal(await admin.ask(method, url, { cookie, body }))).toEqual([
        403,
        'password-required',
      ]);
    }
    const wrong = await admin.ask('POST', '/api/v1/apps', {
      cookie,
      body: { app, password: 'no' },
    });
    expect(refusal(wrong)).toEqual([403, 'wrong-password']);
    expect(admin.apps.list().map(({ title }) => title)).toEqual(BUILT_IN_TITLES);
    const right = await admin.ask('POST', '/api/v1/apps', {
      cookie,
      body: { app, password: PASSWORD },
    });
    expect([right.status, right.json.id]).toEqual([201, 'x']);
    await admin.apps.remove('x');
  });
});

describe('a request', () => {
  it('must name this machine in its Host header', async () => {
    for (const host of ['evil.example', 'localhost.evil.example:47990', '203.0.113.1', 'a b']) {
      for (const url of ['/', '/api/v1/session', '/api/v1/state']) {
        const answer = await admin.ask('GET', url, { headers: { host }, cookie });
        // Node itself answers 400 to some of these.
        expect([400, 421]).toContain(answer.status);
      }
    }
    for (const host of ['localhost', '127.0.0.1:1234', '192.0.2.10:47990', '[::1]:47990']) {
      expect((await admin.ask('GET', '/api/v1/session', { headers: { host } })).status).toBe(200);
    }
  });

  it('may name it in any script, as browsers write that', async () => {
    const socketPath = path.join(admin.folder, 'named.sock');
    const named = await admin.again({
      machine: 'Büro-PC.lan',
      names: () => ['ゲーム'],
      socketPath,
    });
    for (const host of ['xn--bro-pc-3ya.lan', 'XN--BRO-PC-3YA.local', 'xn--sckyeod']) {
      const answer = await admin.ask('GET', '/api/v1/session', {
        headers: { host },
        port: named.port,
      });
      expect([host, answer.status]).toEqual([host, 200]);
    }
    await named.close();
  });

  it('that changes something must come from the admin’s own pages', async () => {
    const host = `127.0.0.1:${admin.server.port}`;
    const end = (headers: Record<string, string>, withCookie = true) =>
      admin.ask('DELETE', '/api/v1/sessions', {
        headers: { host, ...headers },
        sameOrigin: false,
        ...(withCookie && { cookie }),
      });
    for (const headers of [
      {},
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: `http://${host}` },
      { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    ]) {
      expect(refusal(await end(headers as Record<string, string>))).toEqual([
        403,
        'foreign-origin',
      ]);
    }
    expect((await end({ origin: `https://${host}` })).status).toBe(204);
    expect((await end({ 'sec-fetch-site': 'same-origin' })).status).toBe(204);
    // Signing in from another site's page is refused too, and a program may say nothing.
    const login = (headers: Record<string, string>) =>
      admin.ask('POST', '/api/v1/login', {
        headers,
        sameOrigin: false,
        body: { password: PASSWORD },
      });
    expect(refusal(await login({ origin: 'https://evil.example' }))).toEqual([
      403,
      'foreign-origin',
    ]);
    expect((await login({})).status).toBe(204);
  });

  it('gets headers that keep other sites out, and none that let them in', async () => {
    const answers = [
      await admin.ask('GET', '/'),
      await admin.ask('GET', '/api/v1/session', { headers: { origin: 'https://evil.example' } }),
      await admin.ask('GET', '/api/v1/state'),
      await admin.ask('OPTIONS', '/api/v1/apps', {
        headers: { 'access-control-request-method': 'POST' },
      }),
      await admin.ask('GET', '/', { headers: { host: 'evil.example' } }),
    ];
    for (const { headers } of answers) {
      const csp = headers['content-security-policy'] as string;
      expect(csp).toContain("frame-ancestors 'none'");
      expect(csp).toContain("default-src 'none'");
      expect(csp.split('; ').find((rule) => rule.startsWith('script-src '))).toBe(
        "script-src 'self'",
      );
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-frame-options']).toBe('DENY');
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([]);
    }
  });

  it('with a body of another kind, size or form is refused', async () => {
    const ask = (body: unknown, headers: Record<string, string> = {}) =>
      admin.ask('PUT', '/api/v1/pairing', { cookie, body, headers });
    expect(
      refusal(await ask('enabled=true', { 'content-type': 'application/x-www-form-urlencoded' })),
    ).toEqual([415, 'unsupported-body']);
    expect(refusal(await ask('{"enabled":true}', { 'content-type': 'text/plain' }))).toEqual([
      415,
      'unsupported-body',
    ]);
    expect(refusal(await ask('{"enabled":true}', { 'content-encoding': 'gzip' }))).toEqual([
      415,
      'unsupported-body',
    ]);
    expect(refusal(await ask('{"enabled":'))).toEqual([400, 'invalid-request']);
    expect(refusal(await ask('null'))).toEqual([400, 'invalid-request']);
    expect(refusal(await ask('[]'))).toEqual([400, 'invalid-request']);
    expect(refusal(await ask({ enabled: 'yes' }))).toEqual([400, 'invalid-request']);
    expect(refusal(await ask({ enabled: true, more: 1 }))).toEqual([400, 'invalid-request']);
    expect(refusal(await ask(`{"enabled":true,"__proto__":{"x":1}}`))).toEqual([
      400,
      'invalid-request',
    ]);
    expect(refusal(await ask(`"${'x'.repeat(70_000)}"`))).toEqual([413, 'body-too-large']);
    expect((await ask({ enabled: true })).status).toBe(200);
    const art = await admin.ask('PUT', '/api/v1/apps/desktop/art', {
      cookie,
      body: Buffer.alloc(8 * 1024 * 1024 + 1),
    });
    expect(refusal(art)).toEqual([413, 'body-too-large']);
  });

  it('for what does not exist says so', async () => {
    expect(refusal(await admin.ask('GET', '/api/v1/nothing', { cookie }))).toEqual([
      404,
      'not-found',
    ]);
    expect(refusal(await admin.ask('POST', '/api/', { cookie, body: {} }))).toEqual([
      404,
      'not-found',
    ]);
    expect(refusal(await admin.ask('GET', '/api/v1/apps/none/art', { cookie }))).toEqual([
      404,
      'not-found',
    ]);
    expect(refusal(await admin.ask('GET', '/api/v1/apps/..%2fx/art', { cookie }))).toEqual([
      400,
      'invalid-request',
    ]);
    const wrong = await admin.ask('PATCH', '/api/v1/apps', { cookie, body: {} });
    expect([...refusal(wrong), wrong.headers.allow]).toEqual([
      405,
      'method-not-allowed',
      'HEAD, GET, POST',
    ]);
    const page = await admin.ask('POST', '/', { cookie, body: {} });
    expect(refusal(page)).toEqual([405, 'method-not-allowed']);
  });

  it('with a target that is no URL is refused, with the same headers', async () => {
    const socket = tls.connect({
      port: admin.server.port,
      host: '127.0.0.1',
      rejectUnauthorized: false,
    });
    socket.end('GET http://[ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    let answer = '';
    for await (const part of socket) answer += String(part);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).toContain("frame-ancestors 'none'");
    expect(answer).toContain('"code":"invalid-request"');
  });

  it('makes nobody look at desktops and devices until the owner has signed in', async () => {
    const before = admin.looks;
    for (const url of ['/', '/api/v1/session', '/api/v1/state', '/api/v1/status']) {
      await admin.ask('GET', url);
    }
    expect(admin.looks).toBe(before);
    await admin.ask('GET', '/api/v1/status', { cookie });
    expect(admin.looks).toBe(before + 1);
  });
});
