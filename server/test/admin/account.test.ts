import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Account } from '../../src/admin/account.ts';
import { LoginSessions } from '../../src/admin/login-sessions.ts';
import { hashPassword, verifyPassword } from '../../src/admin/password.ts';
import { Store } from '../../src/store/store.ts';

const log = pino({ level: 'silent' });
const DAY = 24 * 3_600_000;
let folder: string;
let store: Store;
let now: number;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-account-'));
  store = await Store.open(path.join(folder, 'store.sqlite'), log);
  now = 1_000_000;
});

afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const open = () => Account.open({ store, log, clock: () => now });
const code = async (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );

describe('passwords', () => {
  it('are kept as argon2id with 64 MiB and 3 passes, salted', async () => {
    const [one, two] = [await hashPassword('päss'), await hashPassword('päss')];
    expect(one).toMatch(
      /^\$argon2id\$v=19\$m=65536,t=3,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    );
    expect(one).not.toBe(two);
    expect(await verifyPassword('päss', one)).toBe(true);
    expect(await verifyPassword('pa\u0308ss', one)).toBe(true);
    expect(await verifyPassword('pass', one)).toBe(false);
  });

  it('fit a hash that the reference implementation made', async () => {
    // A test vector of phc-winner-argon2 (test.c): "password", "somesalt", 64 MiB, 2 passes.
    const stored =
      '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
    expect(await verifyPassword('password', stored)).toBe(true);
  });

  it('do not fit a hash that is damaged, or that would take a gigabyte', async () => {
    const stored = await hashPassword('right');
    for (const damaged of [
      '',
      stored.slice(0, -4),
      stored.replace('argon2id', 'argon2i'),
      stored.replace('m=65536', 'm=99999999'),
      stored.replace('m=65536', 'm=1'),
      stored.replace('t=3', 't=99'),
      stored.replace('t=3', 't=0'),
      stored.replace('p=1', 'p=0'),
    ]) {
      expect(await verifyPassword('right', damaged)).toBe(false);
    }
  });
});

describe('Account', () => {
  it('is set up once, with the secret that this start printed', async () => {
    const account = await open();
    const secret = account.firstRunSecret!;
    expect(secret).toMatch(/^([A-Z2-9]{4}-){3}[A-Z2-9]{4}$/);
    expect((await open()).firstRunSecret).not.toBe(secret);
    expect(await code(account.check('anything', { address: 'a' }))).toBe('not-set-up');
    expect(await code(account.setUp('AAAA-AAAA-AAAA-AAAA', 'password', { address: 'a' }))).toBe(
      'wrong-secret',
    );
    expect(account.isSetUp).toBe(false);
    const typed = secret.toLowerCase().replaceAll('-', ' ');
    expect(await code(account.setUp(typed, 'password', { address: 'a' }))).toBe('done');
    expect([account.isSetUp, account.firstRunSecret]).toEqual([true, undefined]);
    expect(await code(account.setUp(secret, 'another', { address: 'a' }))).toBe('already-set-up');

    const restarted = await open();
    expect([restarted.isSetUp, restarted.firstRunSecret]).toEqual([true, undefined]);
    expect(await code(restarted.check('password', { address: 'a' }))).toBe('done');
    expect(await code(restarted.check('another', { address: 'a' }))).toBe('wrong-password');
  });

  it('holds back who guesses, also when many guesses come at once', async () => {
    const account = await open();
    await account.setPassword('password');
    const guesses = await Promise.all(
      Array.from({ length: 10 }, () => code(account.check('wrong', { address: '192.0.2.1' }))),
    );
    const count = (wanted: string) => guesses.filter((guess) => guess === wanted).length;
    expect([count('wrong-password'), count('too-many-attempts'), count('busy')]).toEqual([3, 5, 2]);
    await expect(account.check('password', { address: '192.0.2.1' })).rejects.toMatchObject({
      code: 'too-many-attempts',
      details: { retryAfter: 1 },
    });
    expect(await code(account.check('password', { address: '192.0.2.2' }))).toBe('done');
    now += 1000;
    expect(await code(account.check('password', { address: '192.0.2.1' }))).toBe('done');
    expect(await code(account.check('wrong', { address: '192.0.2.1' }))).toBe('wrong-password');
  });

  it('holds back who guesses the first-run secret', async () => {
    const account = await open();
    for (let guess = 0; guess < 3; guess++) {
      expect(await code(account.setUp('guess', 'password', { address: 'a' }))).toBe('wrong-secret');
    }
    expect(await code(account.setUp(account.firstRunSecret!, 'password', { address: 'a' }))).toBe(
      'too-many-attempts',
    );
  });
});

describe('LoginSessions', () => {
  const logins = () => LoginSessions.open(store, () => now);

  it('survive a restart and end after 30 days, or 7 without use', async () => {
    const before = await logins();
    const token = await before.create('192.0.2.1', 'Browser');
    const id = before.find(token);
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect((await logins()).find(token)).toBe(id);
    expect(before.find(`${token}x`)).toBeUndefined();

    for (let day = 0; day < 5; day++) {
      now += 6 * DAY - 1;
      expect((await logins()).find(token)).toBe(id);
      // What a use writes is on its way to the store; the next statement waits for it.
      await store.get('SELECT 1');
    }
    now += 6;
    expect((await logins()).find(token)).toBeUndefined();

    const unused = await before.create('192.0.2.1', 'Browser');
    now += 7 * DAY;
    expect(before.find(unused)).toBeUndefined();
    expect((await logins()).find(unused)).toBeUndefined();
  });

  it('never hold the token itself', async () => {
    const token = await (await logins()).create('192.0.2.1', 'Browser');
    const rows = await store.all('SELECT * FROM admin_sessions');
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
  });

  it('end one by one or all but one, and say so', async () => {
    const sessions = await logins();
    const tokens = [
      await sessions.create('a', ''),
      await sessions.create('b', ''),
      await sessions.create('c', ''),
    ];
    const ids = tokens.map((token) => sessions.find(token)!);
    const ended: string[] = [];
    sessions.on('ended', (id) => ended.push(id));
    await sessions.end(ids[0]!);
    await sessions.endAll(ids[2]);
    expect(ended).toEqual([ids[0], ids[1]]);
    expect(tokens.map((token) => sessions.find(token))).toEqual([undefined, undefined, ids[2]]);
    expect(await store.all('SELECT token_hash FROM admin_sessions')).toEqual([
      { token_hash: ids[2] },
    ]);
  });

  it('end all at once, whatever the disk does', async () => {
    const sessions = await logins();
    const tokens = [await sessions.create('a', ''), await sessions.create('b', '')];
    const ending = sessions.endAll();
    expect(tokens.map((token) => sessions.find(token))).toEqual([undefined, undefined]);
    await ending;
  });

  it('are at most 64: the least used goes', async () => {
    const sessions = await logins();
    const first = await sessions.create('a', '');
    for (let more = 0; more < 64; more++) {
      now++;
      await sessions.create('a', '');
    }
    expect(sessions.find(first)).toBeUndefined();
    expect(await store.all('SELECT 1 FROM admin_sessions')).toHaveLength(64);
  });
});
