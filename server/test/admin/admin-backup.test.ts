import { afterAll, beforeAll, expect, it } from 'vitest';

import { BackupTrouble } from '../../src/backup/sealed-file.ts';
import { PASSWORD, startAdmin } from './admin-harness.ts';
import type { Admin } from './admin-harness.ts';

let admin: Admin;
let cookie: string;
let goOn = (): void => {};
const asked: string[] = [];

beforeAll(async () => {
  admin = await startAdmin({
    backup: async function* (passphrase) {
      asked.push(passphrase);
      if (passphrase.startsWith('nothing')) throw new BackupTrouble('There is nothing to keep.');
      yield Buffer.from('first, ');
      if (passphrase.startsWith('slowly')) await new Promise<void>((resolve) => (goOn = resolve));
      yield Buffer.from('last');
    },
  });
  cookie = await admin.setUp();
});
afterAll(() => admin.close());

const ask = (passphrase: string, password = PASSWORD) =>
  admin.ask('POST', '/api/v1/backup', { cookie, body: { passphrase, password } });

it('is handed out under a passphrase to whoever gives the password', async () => {
  expect((await ask('twelve signs', 'not the password')).status).toBe(403);
  expect((await ask('eleven sign')).status).toBe(400);
  expect(asked).toEqual([]);
  const file = await ask('twelve signs');
  expect(file.status).toBe(200);
  expect(file.headers['content-disposition']).toMatch(
    /^attachment; filename="earthshine-.*\.backup"$/,
  );
  expect(file.bytes.toString()).toBe('first, last');
  expect(asked).toEqual(['twelve signs']);
});

it('is refused with the reason where it cannot be had, and the next one is made', async () => {
  expect(await ask('nothing to keep')).toMatchObject({
    status: 409,
    json: { error: { message: 'There is nothing to keep.' } },
  });
  expect((await ask('twelve signs')).status).toBe(200);
});

it('is written once at a time', async () => {
  const first = ask('slowly, slowly');
  await expect.poll(() => asked.at(-1)).toBe('slowly, slowly');
  expect(await ask('twelve signs')).toMatchObject({
    status: 409,
    json: { error: { reason: 'backup' } },
  });
  goOn();
  expect((await first).bytes.toString()).toBe('first, last');
  expect((await ask('twelve signs')).status).toBe(200);
});
