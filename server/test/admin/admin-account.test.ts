import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { LoginSessions, PROOF_MS } from '../../src/admin/login-sessions.ts';
import { PASSWORD, cookieOf, startAdmin, streaming } from './admin-harness.ts';
import type { Admin, Answer } from './admin-harness.ts';

let admin: Admin;
let cookie: string;

beforeAll(async () => {
  admin = await startAdmin();
  cookie = await admin.setUp();
});

afterAll(() => admin.close());

const refusal = (answer: Answer) => [answer.status, answer.json?.error?.code];
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const ask = (method: string, url: string, secret: string, body?: unknown) =>
  admin.ask(method, url, { headers: bearer(secret), sameOrigin: false, body });

async function make(name: string, ...scopes: string[]): Promise<{ id: string; secret: string }> {
  const made = await admin.ask('POST', '/api/v1/tokens', {
    cookie,
    body: { name, scopes, password: PASSWORD },
  });
  expect([made.status, made.json.token.name, made.json.token.scopes]).toEqual([201, name, scopes]);
  return { id: made.json.token.id, secret: made.json.secret };
}

describe('a token', () => {
  it('is shown once, kept as its hash, and tells when it was used', async () => {
    const { id, secret } = await make('Grafana', 'read');
    expect(secret).toMatch(/^earthshine_[A-Za-z0-9_-]{43}$/);
    const list = () => admin.ask('GET', '/api/v1/tokens', { cookie });
    const first = await list();
    expect(first.json.tokens).toEqual([
      { id, name: 'Grafana', scopes: ['read'], createdAt: expect.any(Number) },
    ]);
    const rows = await admin.store.all('SELECT * FROM tokens');
    expect(JSON.stringify(rows)).not.toContain(secret.slice(11));
    expect((await ask('GET', '/api/v1/state', secret)).status).toBe(200);
    expect((await list()).json.tokens[0].lastUsedAt).toEqual(expect.any(Number));
    const twice = await admin.ask('POST', '/api/v1/tokens', {
      cookie,
      body: { name: 'Grafana', scopes: ['read'], password: PASSWORD },
    });
    expect([...refusal(twice), twice.json.error.reason]).toEqual([409, 'conflict', 'token-name']);
    await admin.ask('DELETE', `/api/v1/tokens/${id}`, { cookie });
  });

  it('reaches what its scopes cover, and nothing else', async () => {
    const { secret: read } = await make('reads', 'read');
    const { secret: control } = await make('controls', 'control');
    const { secret: commands } = await make('commands', 'commands');
    const { secret: all } = await make('everything', 'admin');
    const app = { title: 'Made by a program', command: ['/bin/true'] };
    const calls = [
      ['GET', '/api/v1/state', undefined, 'read'],
      ['GET', '/metrics', undefined, 'read'],
      ['DELETE', '/api/v1/sessions', undefined, 'control'],
      ['POST', '/api/v1/apps', { app }, 'commands'],
      ['PUT', '/api/v1/pairing', { enabled: true }, 'admin'],
      // What people in a browser are asked the password for.
      ['PATCH', '/api/v1/settings', { settings: { allowPublic: false } }, 'admin'],
    ] as const;
    const tokens = { read, control, commands, admin: all };
    for (const [method, url, body, wanted] of calls) {
      for (const [scope, secret] of Object.entries(tokens)) {
        const { status, json } = await ask(method, url, secret, body);
        const passes = scope === wanted || scope === 'admin';
        expect([method, url, scope, status < 300]).toEqual([method, url, scope, passes]);
        if (!passes) {
          expect([status, json.error.code, json.error.parameters]).toEqual([
            403,
            'scope-missing',
            { scope: wanted },
          ]);
        }
      }
    }
    for (const { id, title } of admin.apps.list()) {
      if (title === app.title) await admin.apps.remove(id);
    }
  });

  it('never reaches the account, whatever its scopes', async () => {
    const { id, secret } = await make('mighty', 'read', 'control', 'commands', 'admin');
    const calls = [
      ['GET', '/api/v1/account'],
      ['GET', '/api/v1/tokens'],
      ['POST', '/api/v1/tokens', { name: 'child', scopes: ['read'], password: PASSWORD }],
      ['DELETE', `/api/v1/tokens/${id}`],
      ['DELETE', '/api/v1/account/sign-ins'],
      ['DELETE', '/api/v1/account/sign-ins/0123456789abcdef'],
      ['POST', '/api/v1/logout'],
      ['PUT', '/api/v1/password', { password: PASSWORD, newPassword: 'a program’s own choice' }],
    ] as const;
    for (const [method, url, body] of calls) {
      expect([url, ...refusal(await ask(method, url, secret, body))]).toEqual([
        url,
        403,
        'scope-missing',
      ]);
    }
    expect(refusal(await ask('PUT', '/api/v1/owner/password', secret, {}))).toEqual([
      403,
      'owner-only',
    ]);
  });

  it('that is unknown or removed is refused, whatever cookie comes with it, and its streams end', async () => {
    const { id, secret } = await make('short-lived', 'read');
    const ended = new Promise<void>((resolve, reject) => {
      const request = admin.open('GET', '/api/v1/events', { headers: bearer(secret) });
      request.on('error', reject);
      request.on('response', (response) => {
        response.once('data', () => void admin.ask('DELETE', `/api/v1/tokens/${id}`, { cookie }));
        response.on('end', resolve);
        response.resume();
      });
      request.end();
    });
    await ended;
    for (const wrong of [secret, 'earthshine_x', 'x'.repeat(300), `${secret} `.repeat(2)]) {
      const answer = await admin.ask('GET', '/api/v1/state', {
        headers: bearer(wrong),
        ...(wrong === secret && { cookie }),
      });
      expect(answer.status).toBe(401);
    }
    expect(refusal(await ask('GET', '/api/v1/state', secret))).toEqual([401, 'wrong-token']);
  });

  it('needs the password each time, though it was given a moment ago', async () => {
    await make('one', 'read');
    const answer = await admin.ask('POST', '/api/v1/tokens', {
      cookie,
      body: { name: 'two', scopes: ['read'] },
    });
    expect(refusal(answer)).toEqual([403, 'password-required']);
  });
});

describe('the metrics', () => {
  it('have a line for each figure of a stream, with what people named escaped', async () => {
    const { secret } = await make('prometheus', 'read');
    admin.sessions.set([{ ...streaming, device: { ...streaming.device, name: 'TV "big"\n\\' } }]);
    const { text, headers } = await ask('GET', '/metrics', secret);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const labels = 'session="7",device="TV \\"big\\"\\n\\\\",app="Desktop"';
    const lines = text.split('\n');
    expect(lines).toContain('earthshine_sessions 1');
    expect(lines).toContain(
      `earthshine_session_host_latency_seconds{${labels},quantile="0.99"} 0.0079`,
    );
    expect(lines).toContain(`earthshine_session_round_trip_seconds{${labels}} 0.0025`);
    expect(lines).toContain('earthshine_refused_total{part="rtsp",reason="connection-refused"} 2');
    // One line for what each family is, before its samples, and no line that is neither.
    for (const line of lines.filter(Boolean)) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? -?[\d.e+-]+)$/);
    }
    const types = lines.filter((line) => line.startsWith('# TYPE'));
    expect(new Set(types).size).toBe(types.length);
    admin.sessions.set([]);
  });
});

describe('the sign-ins', () => {
  it('are listed and ended one by one, or all but the own', async () => {
    const login = async () =>
      cookieOf(
        await admin.ask('POST', '/api/v1/login', {
          body: { password: PASSWORD },
          headers: { 'user-agent': 'A phone' },
        }),
      );
    const [phone, tablet] = [await login(), await login()];
    const list = async (own: string) =>
      (await admin.ask('GET', '/api/v1/account', { cookie: own })).json.signIns;
    const seen = await list(phone);
    expect(seen).toHaveLength(3);
    const current = seen.find((one: { current: boolean }) => one.current);
    expect(current).toMatchObject({ userAgent: 'A phone', address: '127.0.0.1' });
    expect(
      (await admin.ask('DELETE', `/api/v1/account/sign-ins/${current.id}`, { cookie })).status,
    ).toBe(204);
    expect((await admin.ask('GET', '/api/v1/state', { cookie: phone })).status).toBe(401);
    const gone = await admin.ask('DELETE', `/api/v1/account/sign-ins/${current.id}`, { cookie });
    expect(refusal(gone)).toEqual([404, 'not-found']);
    await admin.ask('DELETE', '/api/v1/account/sign-ins', { cookie });
    expect((await admin.ask('GET', '/api/v1/state', { cookie: tablet })).status).toBe(401);
    expect((await admin.ask('GET', '/api/v1/state', { cookie })).status).toBe(200);
  });
});

describe('one proof of the password', () => {
  it('is enough for further changes of apps on the same sign-in, and for no guarded setting', async () => {
    const own = cookieOf(
      await admin.ask('POST', '/api/v1/login', { body: { password: PASSWORD } }),
    );
    const app = { title: 'Proved', command: ['/bin/true'] };
    const add = (jar: string, password?: string) =>
      admin.ask('POST', '/api/v1/apps', { cookie: jar, body: { app, password } });
    expect(refusal(await add(own))).toEqual([403, 'password-required']);
    expect((await add(own, PASSWORD)).status).toBe(201);
    expect((await add(own)).status).toBe(201);
    const session = await admin.ask('GET', '/api/v1/session', { cookie: own });
    expect(session.json.provedUntil).toBeGreaterThan(Date.now());
    // Another browser has proved nothing.
    const other = cookieOf(
      await admin.ask('POST', '/api/v1/login', { body: { password: PASSWORD } }),
    );
    expect(refusal(await add(other))).toEqual([403, 'password-required']);
    const guarded = await admin.ask('PATCH', '/api/v1/settings', {
      cookie: own,
      body: { settings: { allowPublic: true } },
    });
    expect(refusal(guarded)).toEqual([403, 'password-required']);
    // A wrong password is refused although none was needed.
    expect(refusal(await add(own, 'no'))).toEqual([403, 'wrong-password']);
    for (const { id, title } of admin.apps.list()) {
      if (title === app.title) await admin.apps.remove(id);
    }
  });

  it('is over after five minutes, and when the clock is set back', async () => {
    let now = 1_795_171_200_000;
    const logins = await LoginSessions.open(admin.store, () => now);
    const id = logins.find(await logins.create('192.0.2.1', 'A browser'))!;
    expect(logins.provedUntil(id)).toBeUndefined();
    logins.proved(id);
    expect(logins.provedUntil(id)).toBe(now + PROOF_MS);
    now += PROOF_MS - 1;
    expect(logins.provedUntil(id)).toBeDefined();
    now += 1;
    expect(logins.provedUntil(id)).toBeUndefined();
    now -= 2 * PROOF_MS;
    expect(logins.provedUntil(id)).toBeUndefined();
  });
});
