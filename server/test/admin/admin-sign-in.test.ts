import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { PASSWORD, cookieOf, startAdmin } from './admin-harness.ts';
import type { Admin, Answer } from './admin-harness.ts';

let admin: Admin;
let cookie: string;

beforeAll(async () => {
  admin = await startAdmin();
  cookie = await admin.setUp();
});

afterAll(() => admin.close());

const refusal = (answer: Answer) => [answer.status, answer.json?.error?.code];

describe('signing in', () => {
  it('sets a cookie that scripts, other sites and plain HTTP never see', async () => {
    const answer = await admin.ask('POST', '/api/v1/login', { body: { password: PASSWORD } });
    expect(answer.status).toBe(204);
    const [set] = answer.headers['set-cookie']!;
    expect(set).toMatch(/^__Host-earthshine=[A-Za-z0-9_-]{43}; /);
    for (const attribute of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict']) {
      expect(set!.split('; ')).toContain(attribute);
    }
    expect(set).not.toMatch(/domain/i);
    const session = await admin.ask('GET', '/api/v1/session', { cookie: cookieOf(answer) });
    expect(session.json).toEqual({ setUp: true, signedIn: true, name: 'living-room' });
    expect((await admin.ask('GET', '/api/v1/session')).json).toMatchObject({ signedIn: false });
    expect(
      (await admin.ask('GET', '/api/v1/state', { cookie: '__Host-earthshine=guess' })).status,
    ).toBe(401);
  });

  it('ends with signing out', async () => {
    const own = cookieOf(
      await admin.ask('POST', '/api/v1/login', { body: { password: PASSWORD } }),
    );
    expect((await admin.ask('GET', '/api/v1/state', { cookie: own })).status).toBe(200);
    const out = await admin.ask('POST', '/api/v1/logout', { cookie: own });
    expect([out.status, out.headers['set-cookie']?.[0]]).toEqual([
      204,
      expect.stringContaining('Max-Age=0'),
    ]);
    expect((await admin.ask('GET', '/api/v1/state', { cookie: own })).status).toBe(401);
    expect((await admin.ask('GET', '/api/v1/state', { cookie })).status).toBe(200);
  });
});

describe('a browser that has signed in before', () => {
  let house: Admin;
  beforeAll(async () => {
    house = await startAdmin();
    await house.setUp();
  });
  afterAll(() => house.close());

  const login = (password: string, kept?: string) =>
    house.ask('POST', '/api/v1/login', { body: { password }, cookie: kept });
  const browserOf = (answer: Answer) =>
    answer.headers['set-cookie']!.find((set) => set.startsWith('__Host-earthshine-browser='))!;

  it('is not shut out by neighbours who guess, and backs off by itself', async () => {
    const set = browserOf(await login(PASSWORD));
    for (const attribute of ['Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict']) {
      expect(set.split('; ')).toContain(attribute);
    }
    const kept = set.split(';')[0]!;
    // From the owner's own address, as 127.0.0.1 and a /64 have several people.
    for (let guess = 0; guess < 4; guess++) await login('a guess');
    expect(refusal(await login(PASSWORD))).toEqual([429, 'too-many-attempts']);
    expect((await login(PASSWORD)).json.error.message).toContain('admin set-password');
    const forged = kept.replace(/=[^.]{4}/, '=AAAA');
    expect(refusal(await login(PASSWORD, forged))).toEqual([429, 'too-many-attempts']);
    expect((await house.ask('GET', '/api/v1/state', { cookie: kept })).status).toBe(401);
    expect((await login(PASSWORD, kept)).status).toBe(204);

    for (let guess = 0; guess < 3; guess++) {
      expect(refusal(await login('mistyped', kept))).toEqual([403, 'wrong-password']);
    }
    expect(refusal(await login(PASSWORD, kept))).toEqual([429, 'too-many-attempts']);
    const other = await house.ask('PUT', '/api/v1/owner/password', {
      owner: true,
      body: { newPassword: 'quite another' },
    });
    expect(other.status).toBe(204);
    // With the password its name is gone: it is one of the neighbours now.
    await login('a guess');
    expect(refusal(await login('quite another', kept))).toEqual([429, 'too-many-attempts']);
  });
});

describe('a new host', () => {
  let fresh: Admin;
  beforeAll(async () => {
    fresh = await startAdmin();
  });
  afterAll(() => fresh.close());

  it('belongs to who reads its console, not to who comes first', async () => {
    expect((await fresh.ask('GET', '/api/v1/session')).json).toMatchObject({
      setUp: false,
      signedIn: false,
    });
    expect(refusal(await fresh.ask('GET', '/api/v1/state'))).toEqual([401, 'not-set-up']);
    const login = await fresh.ask('POST', '/api/v1/login', { body: { password: 'any password' } });
    expect(refusal(login)).toEqual([401, 'not-set-up']);
    const guess = await fresh.ask('POST', '/api/v1/setup', {
      body: { secret: 'AAAA-BBBB-CCCC-DDDD', password: PASSWORD },
    });
    expect(refusal(guess)).toEqual([403, 'wrong-secret']);
    const short = await fresh.ask('POST', '/api/v1/setup', {
      body: { secret: fresh.server.firstRunSecret, password: 'short' },
    });
    expect(refusal(short)).toEqual([400, 'invalid-request']);
    expect(short.json.error.message).toContain('at least 8 characters');

    const secret = fresh.server.firstRunSecret!;
    const own = await fresh.setUp();
    expect((await fresh.ask('GET', '/api/v1/state', { cookie: own })).status).toBe(200);
    expect(fresh.server.firstRunSecret).toBeUndefined();
    const again = await fresh.ask('POST', '/api/v1/setup', {
      body: { secret, password: 'another password' },
    });
    expect(refusal(again)).toEqual([409, 'already-set-up']);
    expect(JSON.stringify(fresh.log)).not.toContain(secret);
    expect(JSON.stringify(fresh.log)).not.toContain(PASSWORD);
  });

  it('holds back who guesses its password, and not its owner on the socket', async () => {
    const guess = () => fresh.ask('POST', '/api/v1/login', { body: { password: 'wrong' } });
    for (let tries = 0; tries < 3; tries++)
      expect(refusal(await guess())).toEqual([403, 'wrong-password']);
    const held = await guess();
    expect([...refusal(held), held.headers['retry-after']]).toEqual([
      429,
      'too-many-attempts',
      '1',
    ]);
    expect(
      (
        await fresh.ask('PUT', '/api/v1/owner/password', {
          owner: true,
          body: { newPassword: PASSWORD },
        })
      ).status,
    ).toBe(204);
    await wait(1050);
    expect(
      (await fresh.ask('POST', '/api/v1/login', { body: { password: PASSWORD } })).status,
    ).toBe(204);
  });

  it('lets the password be changed with the old one, which ends every other sign-in', async () => {
    const sign = async (password: string) =>
      cookieOf(await fresh.ask('POST', '/api/v1/login', { body: { password } }));
    const [mine, other] = [await sign(PASSWORD), await sign(PASSWORD)];
    const changed = await fresh.ask('PUT', '/api/v1/password', {
      cookie: mine,
      body: { password: PASSWORD, newPassword: 'quite another' },
    });
    expect(changed.status).toBe(204);
    expect((await fresh.ask('GET', '/api/v1/state', { cookie: mine })).status).toBe(200);
    expect((await fresh.ask('GET', '/api/v1/state', { cookie: other })).status).toBe(401);
    expect(await sign('quite another')).toMatch(/^__Host-earthshine=/);
    const owner = await fresh.ask('PUT', '/api/v1/owner/password', {
      owner: true,
      body: { newPassword: PASSWORD },
    });
    expect(owner.status).toBe(204);
    expect((await fresh.ask('GET', '/api/v1/state', { cookie: mine })).status).toBe(401);
  });
});
