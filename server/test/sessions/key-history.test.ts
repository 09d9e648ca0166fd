import crypto from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { KeyHistory } from '../../src/sessions/key-history.ts';
import { Store } from '../../src/store/store.ts';

const log = pino({ level: 'silent' });
let folder: string;
let store: Store;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-keys-'));
  store = await Store.open(path.join(folder, 'store.sqlite'), log);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function use(keys: KeyHistory, key: Uint8Array): Promise<boolean> {
  const stored = keys.use(key);
  await stored;
  return stored !== undefined;
}

it('refuses a key that a former host process has seen, and stores no key', async () => {
  const key = crypto.randomBytes(16);
  const keys = await KeyHistory.open(store, log);
  expect(await use(keys, key)).toBe(true);
  expect(await use(keys, key)).toBe(false);
  const next = await KeyHistory.open(store, log);
  expect(await use(next, key)).toBe(false);
  expect(await use(next, crypto.randomBytes(16))).toBe(true);
  const stored = JSON.stringify(await store.all('SELECT * FROM used_keys'));
  expect(stored).not.toContain(key.toString('hex'));
});

it('admits one of two launches that bring the same key at once', async () => {
  const keys = await KeyHistory.open(store, log);
  const key = crypto.randomBytes(16);
  expect(await Promise.all([use(keys, key), use(keys, key)])).toEqual([true, false]);
});

it('streams on when the disk cannot take the key, and still knows it', async () => {
  const keys = await KeyHistory.open(store, log);
  await store.run('DROP TABLE used_keys');
  const key = crypto.randomBytes(16);
  expect(await use(keys, key)).toBe(true);
  expect(await use(keys, key)).toBe(false);
});

it('writes a key that the disk did not take with the next one', async () => {
  const keys = await KeyHistory.open(store, log);
  await store.run('ALTER TABLE used_keys RENAME TO full');
  const key = crypto.randomBytes(16);
  expect(await use(keys, key)).toBe(true);
  await store.run('ALTER TABLE full RENAME TO used_keys');
  expect(await use(keys, crypto.randomBytes(16))).toBe(true);
  expect(await use(await KeyHistory.open(store, log), key)).toBe(false);
});

it('or a minute later, when none comes', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const keys = await KeyHistory.open(store, log);
  await store.run('ALTER TABLE used_keys RENAME TO full');
  const key = crypto.randomBytes(16);
  await use(keys, key);
  await store.run('ALTER TABLE full RENAME TO used_keys');
  vi.advanceTimersByTime(60_000);
  vi.useRealTimers();
  await store.get('SELECT 1');
  expect(await use(await KeyHistory.open(store, log), key)).toBe(false);
});

it('forgets the oldest beyond its limit', async () => {
  await store.run(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50010)
     INSERT INTO used_keys (digest) SELECT printf('%064x', i) FROM n`,
  );
  await KeyHistory.open(store, log);
  expect(await store.get('SELECT count(*) AS n, min(id) AS first FROM used_keys')).toEqual({
    n: 50_000,
    first: 11,
  });
});
