import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import sqlite3 from 'sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { unpackBackup } from '../../src/backup/read-backup.ts';
import { finishRestore, restoreBackup } from '../../src/backup/restore.ts';
import { writeBackup } from '../../src/backup/write-backup.ts';
import { loadIdentity } from '../../src/gamestream/identity.ts';
import { DataDirectory } from '../../src/host/data-directory.ts';
import { presentBackup } from '../../src/host/backup.ts';
import { Store } from '../../src/store/store.ts';

const log = pino({ level: 'silent' });
const passphrase = 'an owl counts to seven';
const RECORDING = '20261201-083000-0123abcd.json';

let root: string;
let data: string;
let file: string;
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'earthshine-backup-'));
  data = path.join(root, 'data');
  file = path.join(root, 'a.backup');
  mkdirSync(data);
});
afterEach(() => rmSync(root, { recursive: true }));

const inData = (...names: string[]): string => path.join(data, ...names);
const openStore = (): Promise<Store> => Store.open(inData('earthshine.sqlite'), log);

async function paired(...names: string[]): Promise<void> {
  const store = await openStore();
  for (const name of names) {
    await store.run(
      'INSERT INTO devices (fingerprint, name, certificate, paired_at) VALUES (?, ?, ?, 1)',
      [`f-${name}`, name, 'c'],
    );
  }
  await store.close();
}

/** A host as it is after some weeks. */
async function aHost(): Promise<void> {
  await paired('TV', 'Phone');
  const store = await openStore();
  await store.run(`INSERT INTO admin VALUES (1, 'hash', 1)`);
  await store.run(`INSERT INTO admin_sessions VALUES ('t', 1, 1, 9999999999999, 'a', 'u')`);
  await store.run(
    `INSERT INTO apps (id, game_id, title, source, position) VALUES ('a', 1, 'Doom', 'desktop', 0)`,
  );
  await store.close();
  await loadIdentity(inData('identity'));
  mkdirSync(inData('art'));
  writeFileSync(inData('art', `${'0'.repeat(64)}.png`), Buffer.alloc(700_000, 7));
  mkdirSync(inData('recordings'));
  writeFileSync(inData('recordings', RECORDING), '{"format":"x"}');
  writeFileSync(inData('settings.json'), '{"name":"Den"}');
}

async function backUp(onLeft?: (sentence: string) => void): Promise<void> {
  await writeFile(
    file,
    writeBackup({ data, passphrase, by: '1.2.3', cost: 1024, ...(onLeft && { onLeft }) }),
  );
}

const unpack = (words = passphrase) => {
  const folder = mkdtempSync(path.join(root, 'look-'));
  return unpackBackup({ file, passphrase: words, folder, data }, log);
};

describe('a backup', () => {
  it('brings a host back on an empty folder, without sign-ins', async () => {
    await aHost();
    const identity = readFileSync(inData('identity/identity.json'), 'utf8');
    // The host goes on meanwhile.
    const running = await openStore();
    await backUp();
    await running.close();
    expect(readdirSync(data).filter((name) => name.startsWith('.'))).toEqual([]);
    expect(readFileSync(file).includes('Phone')).toBe(false);
    rmSync(data, { recursive: true });
    mkdirSync(data);
    const { content } = await restoreBackup({ file, passphrase, data }, log);
    expect(content).toMatchObject({
      by: '1.2.3',
      devices: ['Phone', 'TV'],
      returning: ['Phone', 'TV'],
      apps: ['Doom'],
      settings: ['name'],
      pictures: 1,
      recordings: 1,
      identity: true,
    });
    expect(readFileSync(inData('identity/identity.json'), 'utf8')).toBe(identity);
    expect(readFileSync(inData('art', `${'0'.repeat(64)}.png`)).length).toBe(700_000);
    expect(readFileSync(inData('recordings', RECORDING), 'utf8')).toBe('{"format":"x"}');
    const store = await openStore();
    expect(store.replaced).toBeUndefined();
    expect(await store.all('SELECT password_hash FROM admin')).toEqual([{ password_hash: 'hash' }]);
    expect(await store.all('SELECT * FROM admin_sessions')).toEqual([]);
    await store.close();
  });

  it('moves what is there aside, whole, and says who could play again', async () => {
    await aHost();
    await backUp();
    const store = await openStore();
    await store.run(`DELETE FROM devices WHERE name = 'Phone'`);
    await store.run(`UPDATE devices SET name = 'Big TV'`);
    await store.keepCopy();
    await store.close();
    writeFileSync(inData('undo.json'), '[]');
    const look = await unpack();
    expect(look.returning).toEqual(['Phone']);
    expect(presentBackup(look)).toContain('able to play again afterwards: Phone');
    expect(presentBackup(look)).toContain('Nothing was changed.');
    const before = readdirSync(data);
    const { aside } = await restoreBackup({ file, passphrase, data }, log);
    expect(readdirSync(aside).toSorted()).toEqual(
      before.filter((name) => name !== 'undo.json').toSorted(),
    );
    const old = await Store.open(path.join(aside, 'earthshine.sqlite'), log);
    expect(await old.all('SELECT name FROM devices')).toEqual([{ name: 'Big TV' }]);
    await old.close();
    // What is to be undone on this machine stays to be undone.
    expect(existsSync(inData('undo.json'))).toBe(true);
  });

  it('is not opened by another passphrase, nor changed in the least', async () => {
    await aHost();
    await backUp();
    const before = readdirSync(data);
    await expect(unpack('an owl counts to eight')).rejects.toThrow('not its passphrase');
    const whole = readFileSync(file);
    for (const [change, message] of [
      [whole.subarray(0, -1), /damaged/],
      [whole.subarray(0, 400), /not its passphrase|damaged/],
      [Buffer.concat([whole, Buffer.alloc(1)]), /damaged/],
      [Buffer.from('{}\n'), 'no backup of Earthshine'],
      [Buffer.alloc(0), 'no backup of Earthshine'],
      [Buffer.alloc(100_000, 0x20), 'no backup of Earthshine'],
      [Buffer.from(whole.toString('latin1').replace('1024', '2048'), 'latin1'), /passphrase/],
      [Buffer.from(whole.toString('latin1').replace('1024', '1025'), 'latin1'), /damaged/],
      [
        Buffer.from(whole.toString('latin1').replace('"version":1', '"version":2'), 'latin1'),
        /newer/,
      ],
    ] as const) {
      writeFileSync(file, change);
      await expect(restoreBackup({ file, passphrase, data }, log)).rejects.toThrow(message);
    }
    expect(readdirSync(data)).toEqual(before);
  });

  it('takes no link along, and says what it leaves out', async () => {
    await aHost();
    rmSync(inData('settings.json'));
    symlinkSync('/etc/passwd', inData('settings.json'));
    execFileSync('mkfifo', [inData('art', 'pipe.png')]);
    writeFileSync(inData('recordings', 'notes.txt'), 'mine');
    const left: string[] = [];
    await backUp((sentence) => left.push(sentence));
    expect(left.join('\n')).toMatch(
      /settings.json was left out: ELOOP[^]*art\/pipe.png .* no file/,
    );
    expect(await unpack()).toMatchObject({ settings: [], pictures: 1, recordings: 1 });
  });

  it('is refused where no host has run', async () => {
    await expect(backUp()).rejects.toThrow('there is nothing to keep');
  });

  it.each([
    ['of a newer Earthshine', 'PRAGMA user_version = 1000', 'was written by a newer Earthshine'],
    [
      'with something that acts by itself',
      'CREATE TRIGGER t AFTER INSERT ON devices BEGIN DELETE FROM apps; END',
      'is none of Earthshine',
    ],
    ['with a view for a table', 'DROP TABLE problems; CREATE VIEW problems AS SELECT 1', 'is none'],
    ['with a column too many', 'ALTER TABLE devices ADD COLUMN x TEXT', 'is none of Earthshine'],
  ])('with a store %s is refused', async (_, sql, message) => {
    await aHost();
    const database = new sqlite3.Database(inData('earthshine.sqlite'));
    await new Promise((resolve) => database.exec(sql, resolve));
    await new Promise((resolve) => database.close(resolve));
    await backUp();
    await expect(unpack()).rejects.toThrow(message);
  });
});

describe('a restore that is cut off', () => {
  it('is ended by the next start, wherever it was', async () => {
    await aHost();
    await backUp();
    // Every number of moves that may have happened, as a plan and its folders show them.
    for (let cut = 0; cut < 14; cut++) {
      const store = await openStore();
      await store.run(`UPDATE devices SET name = 'changed since' WHERE fingerprint = 'f-TV'`);
      await store.keepCopy();
      await store.close();
      const { stage, aside } = await staged();
      movesOf(stage, aside)
        .slice(0, cut)
        .forEach(([from, to]) => renameSync(from, to));
      const held = await DataDirectory.take(data);
      await held.release();
      const after = await openStore();
      expect(after.replaced).toBeUndefined();
      expect(await after.all('SELECT name FROM devices ORDER BY name')).toEqual([
        { name: 'Phone' },
        { name: 'TV' },
      ]);
      await after.close();
      expect(readdirSync(inData(aside))).toContain('earthshine.sqlite.last-good');
      expect(existsSync(inData('restore.json'))).toBe(false);
      expect(existsSync(inData(stage))).toBe(false);
      rmSync(inData(aside), { recursive: true });
    }
  });

  it('takes no plan that leads elsewhere', async () => {
    const plan = { stage: '../../etc', aside: 'before-restore-1', brought: [] };
    writeFileSync(inData('restore.json'), JSON.stringify(plan));
    await expect(finishRestore(data)).rejects.toThrow();
    await expect(DataDirectory.take(data)).rejects.toThrow('A backup was being restored');
  });

  /** As restoreBackup leaves it the moment before it moves anything. */
  async function staged(): Promise<{ stage: string; aside: string }> {
    const stage = '.restore-abcdef';
    const aside = 'before-restore-2026-12-01';
    mkdirSync(inData(stage));
    await unpackBackup({ file, passphrase, folder: inData(stage), data }, log);
    const brought = readdirSync(inData(stage));
    writeFileSync(inData('restore.json'), JSON.stringify({ stage, aside, brought }));
    mkdirSync(inData(aside));
    return { stage, aside };
  }

  function movesOf(stage: string, aside: string): [string, string][] {
    const order = [
      'earthshine.sqlite.last-good',
      'earthshine.sqlite',
      'identity.last-good.json',
      'identity',
      'settings.json',
      'art',
      'recordings',
    ];
    return order.flatMap((name): [string, string][] => [
      ...(existsSync(inData(name))
        ? [[inData(name), inData(aside, name)] as [string, string]]
        : []),
      ...(existsSync(inData(stage, name))
        ? [[inData(stage, name), inData(name)] as [string, string]]
        : []),
    ]);
  }
});
