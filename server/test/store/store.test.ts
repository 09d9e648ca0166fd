import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import sqlite3 from 'sqlite3';
import * as z from 'zod';

import { DeviceRegistry } from '../../src/devices/device-registry.ts';
import { setting, Settings } from '../../src/store/settings.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';
import { Store } from '../../src/store/store.ts';

const silent = pino({ level: 'silent' });
let folder: string;
let file: string;
const open: Store[] = [];

async function openStore(log = silent): Promise<Store> {
  const store = await Store.open(file, log);
  open.push(store);
  return store;
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-store-'));
  file = path.join(folder, 'data', 'earthshine.sqlite');
});

afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  await rm(folder, { recursive: true });
});

describe('Store', () => {
  it('makes its file for its owner alone, in WAL mode, and keeps what was written', async () => {
    const store = await openStore();
    const { changes, lastId } = await store.run(
      'INSERT INTO journal (app_id, command, created_at) VALUES (?, ?, ?)',
      ['desktop', '["true"]', 1],
    );
    expect({ changes, lastId }).toEqual({ changes: 1, lastId: 1 });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(`${file}-wal`)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    expect(await store.get('PRAGMA journal_mode')).toEqual({ journal_mode: 'wal' });
    expect(await store.get('PRAGMA synchronous')).toEqual({ synchronous: 2 });
    expect(await store.get('PRAGMA foreign_keys')).toEqual({ foreign_keys: 1 });
    await store.close();
    await store.close();
    await expect(store.get('SELECT 1')).rejects.toThrow('closed');
    expect(await (await openStore()).all('SELECT app_id FROM journal')).toEqual([
      { app_id: 'desktop' },
    ]);
  });

  it('runs a transaction whole or not at all, and lets nobody in between', async () => {
    const store = await openStore();
    const insert = 'INSERT INTO settings (key, value) VALUES (?, ?)';
    const failed = store.transaction(async (inside) => {
      await inside.run(insert, ['a', '1']);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await inside.run(insert, ['a', '2']);
    });
    const beside = store.run(insert, ['b', '1']);
    await expect(failed).rejects.toThrow('UNIQUE');
    await beside;
    expect(await store.all('SELECT key FROM settings')).toEqual([{ key: 'b' }]);
    await store.transaction(async (inside) => {
      await inside.run(insert, ['c', '1']);
    });
    expect(await store.all('SELECT key FROM settings ORDER BY key')).toEqual([
      { key: 'b' },
      { key: 'c' },
    ]);
  });

  it.each([
    [
      'a file that is no database',
      Buffer.from('This is not a database at all, really. '.repeat(200)),
    ],
    ['a file that was cut to nothing', Buffer.alloc(0)],
    ['a damaged page', undefined],
  ])('moves %s aside and says so', async (_, content) => {
    const before = await openStore();
    for (let i = 0; i < 200; i++) {
      await before.run('INSERT INTO settings (key, value) VALUES (?, ?)', [
        `k${i}`,
        'x'.repeat(500),
      ]);
    }
    await before.run('PRAGMA wal_checkpoint(TRUNCATE)');
    await before.close();
    const damaged = content ?? (await readFile(file));
    if (!content) damaged.fill(0xa5, 4096, damaged.length);
    await writeFile(file, damaged);
    const lines: string[] = [];
    const log = pino({ level: 'error' }, { write: (line) => lines.push(line) });
    const store = await openStore(log);
    expect(await store.all('SELECT * FROM settings')).toEqual([]);
    const [aside] = (await readdir(path.dirname(file))).filter((name) => /damaged-.*Z$/.test(name));
    expect(await readFile(path.join(path.dirname(file), aside!))).toEqual(damaged);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      code: 'store-replaced',
      file,
      msg: store.replaced,
    });
  });

  it('keeps a copy, and names it as the way back when the store is lost', async () => {
    const before = await openStore();
    await before.run(`INSERT INTO settings VALUES ('a', '1')`);
    await before.keepCopy();
    expect((await stat(`${file}.last-good`)).mode & 0o777).toBe(0o600);
    await before.close();
    for (const lose of [() => writeFile(file, ''), () => rm(file)]) {
      await lose();
      const lost = await openStore();
      const back = /cp -p (\S+\.last-good-\S+) \S+$/.exec(lost.replaced ?? '')?.[1];
      expect(await lost.all('SELECT * FROM settings')).toEqual([]);
      // A start that goes well must not replace the copy of what was lost.
      await lost.keepCopy();
      await lost.close();
      await copyFile(back!, file);
      const restored = await openStore();
      expect(restored.replaced).toBeUndefined();
      expect(await restored.all('SELECT key FROM settings')).toEqual([{ key: 'a' }]);
      await restored.keepCopy();
      await restored.close();
    }
  });

  it('has no copy in which a device is that was shut out since', async () => {
    const store = await openStore();
    const insert = `INSERT INTO devices (fingerprint, name, certificate, paired_at) VALUES ('f', 'TV', 'c', 1)`;
    await store.run(insert);
    await store.keepCopy();
    const devices = await DeviceRegistry.open(store, silent);
    const renewed = once(devices, 'revoked').then(() => store.renewCopy());
    devices.on('revoked', () => void renewed);
    await devices.remove('f');
    await renewed;
    await store.close();
    await rm(file);
    await copyFile(`${file}.last-good`, file);
    await rm(`${file}.last-good`);
    expect(await (await openStore()).all('SELECT * FROM devices')).toEqual([]);
  });

  it('is not made in a database of another program', async () => {
    const foreign = await openStore();
    await foreign.close();
    await rm(file);
    const database = new sqlite3.Database(file);
    await new Promise((resolve) => database.exec('CREATE TABLE recipes (name)', resolve));
    await new Promise((resolve) => database.close(resolve));
    const content = await readFile(file);
    const store = await openStore();
    expect(store.replaced).toContain("is another program's. It was moved to");
    const [aside] = (await readdir(path.dirname(file))).filter((name) => name.includes('damaged'));
    expect(await readFile(path.join(path.dirname(file), aside!))).toEqual(content);
  });

  it('says who has to let go of a file that another program holds', async () => {
    await (await openStore()).close();
    const database = new sqlite3.Database(file);
    await new Promise((resolve) =>
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE', resolve),
    );
    await expect(openStore()).rejects.toThrow(/is held by another program \("fuser .*" names it\)/);
    await new Promise((resolve) => database.close(resolve));
  });

  it('says what is in the way', async () => {
    await writeFile(path.join(folder, 'data'), '');
    await expect(openStore()).rejects.toThrow(
      `a file is where a folder has to be, ${folder}/data.`,
    );
    await rm(path.join(folder, 'data'));
    await mkdir(file, { recursive: true });
    await expect(openStore()).rejects.toThrow(/The store .* is a folder where a file has to be/);
  });

  it('keeps a copy from before an upgrade, which is the way back to the older version', async () => {
    await mkdir(path.dirname(file));
    const shape = MIGRATIONS.length - 1;
    const older = new sqlite3.Database(file);
    const before = `${MIGRATIONS.slice(0, -1).join(';')}; PRAGMA user_version = ${shape};
      INSERT INTO devices (fingerprint, name, certificate, paired_at) VALUES ('f', 'TV', 'c', 1)`;
    await new Promise((resolve) => older.exec(before, resolve));
    await new Promise((resolve) => older.close(resolve));
    const upgraded = await openStore();
    expect(await upgraded.all('SELECT name FROM devices')).toEqual([{ name: 'TV' }]);
    expect((await stat(`${file}.shape-${shape}`)).mode & 0o777).toBe(0o600);
    // As a newer version would have left it for this one.
    await rename(`${file}.shape-${shape}`, `${file}.shape-${MIGRATIONS.length}`);
    await upgraded.run(`PRAGMA user_version = ${MIGRATIONS.length + 1}`);
    await upgraded.close();
    const refusal = await openStore().catch((error: unknown) => error as Error);
    const [way] = /mv \S+ .*$/.exec((refusal as Error).message)!;
    execFileSync('sh', ['-c', way]);
    const back = await openStore();
    expect(await back.all('SELECT name FROM devices')).toEqual([{ name: 'TV' }]);
    // A device that is shut out is in none of the copies.
    await back.renewCopy();
    expect((await readdir(path.dirname(file))).filter((name) => name.includes('shape'))).toEqual(
      [],
    );
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('is brought from shape %i to today’s', async (shape) => {
    await mkdir(path.dirname(file));
    const older = new sqlite3.Database(file);
    const before = `${MIGRATIONS.slice(0, shape).join(';')}; PRAGMA user_version = ${shape};
      INSERT INTO devices (fingerprint, name, certificate, paired_at) VALUES ('f', 'TV', 'c', 1);
      INSERT INTO apps (id, game_id, title, source, position) VALUES ('a', 1, 'Doom', 'desktop', 0)`;
    await new Promise((resolve) => older.exec(before, resolve));
    await new Promise((resolve) => older.close(resolve));
    const store = await openStore();
    expect(store.replaced).toBeUndefined();
    const devices = await DeviceRegistry.open(store, silent);
    expect(devices.list()).toMatchObject([{ name: 'TV', enabled: true }]);
    expect(await store.all('SELECT title, ends_with FROM apps')).toMatchObject([{ title: 'Doom' }]);
  });

  it('refuses a file of a newer version and leaves it alone', async () => {
    const store = await openStore();
    await store.run('PRAGMA user_version = 1000');
    await store.close();
    await expect(openStore()).rejects.toThrow('newer Earthshine');
    expect(await readdir(path.dirname(file))).toEqual(['earthshine.sqlite']);
  });
});

describe('Settings', () => {
  const size = setting('test.size', z.number().int().min(1), 5);

  it('gives the initial value, then the stored one, also after a restart', async () => {
    const store = await openStore();
    const settings = await Settings.open(store);
    const changed: string[] = [];
    settings.on('changed', (key) => changed.push(key));
    expect(settings.get(size)).toBe(5);
    await settings.set(size, 7);
    expect(settings.get(size)).toBe(7);
    await expect(settings.set(size, 0)).rejects.toThrow();
    expect(changed).toEqual(['test.size']);
    expect((await Settings.open(store)).get(size)).toBe(7);
  });

  it('falls back to the initial value when the stored one no longer fits', async () => {
    const store = await openStore();
    await store.run(`INSERT INTO settings VALUES ('test.size', '"big"')`);
    expect((await Settings.open(store)).get(size)).toBe(5);
    await store.run(`UPDATE settings SET value = '{' WHERE key = 'test.size'`);
    expect((await Settings.open(store)).get(size)).toBe(5);
  });
});

describe('sqlite-binding', () => {
  it('finds the addon of a checkout and the one that the environment names', () => {
    const require = createRequire(import.meta.url);
    const bindings = require('../../src/store/sqlite-binding.cjs') as () => object;
    expect(bindings()).toHaveProperty('Database');
    process.env.EARTHSHINE_SQLITE = require.resolve('sqlite3/build/Release/node_sqlite3.node');
    expect(bindings()).toHaveProperty('Database');
    delete process.env.EARTHSHINE_SQLITE;
  });
});
