import { afterAll, beforeAll, expect, it } from 'vitest';

import { ImportRefused } from '../../src/admin/resources/import.ts';
import type { ImportOfferJson } from '../../src/admin/resources/import-shapes.ts';
import { leftBehind } from '../../src/import/sunshine/left-behind.ts';
import { FINGERPRINT, PASSWORD, startAdmin } from './admin-harness.ts';
import type { Admin } from './admin-harness.ts';

const OFFER: ImportOfferJson = {
  hosts: [
    {
      folder: '/home/me/.config/sunshine',
      devices: [{ fingerprint: FINGERPRINT, name: 'TV' }],
      apps: [{ title: 'Doom', hasCommands: true }],
      settings: [{ name: 'name', value: 'Den' }],
      left: [leftBehind('app-command', { app: 'Quake' })],
    },
  ],
  paired: [],
};
const WISH = { folder: OFFER.hosts[0]!.folder, devices: [FINGERPRINT], apps: true, replace: false };

let admin: Admin;
let cookie: string;
const taken: unknown[] = [];

beforeAll(async () => {
  admin = await startAdmin({
    others: {
      look: async () => OFFER,
      take: async (wish) => {
        if (wish.folder === '/elsewhere') throw new ImportRefused('not-offered', 'Nothing there.');
        taken.push(wish);
        return { apps: ['Doom'], devices: ['TV'], left: [], restart: 'by-hand' };
      },
    },
  });
  cookie = await admin.setUp();
});
afterAll(() => admin.close());

const ask = (body: object) => admin.ask('POST', '/api/v1/import', { cookie, body });

it('shows what another host left, to whoever is signed in alone', async () => {
  expect((await admin.ask('GET', '/api/v1/import')).status).toBe(401);
  expect((await admin.ask('GET', '/api/v1/import', { cookie })).json).toEqual(OFFER);
});

it('takes over what was confirmed, with the password', async () => {
  expect((await ask(WISH)).status).toBe(403);
  expect((await ask({ ...WISH, password: 'not the password' })).status).toBe(403);
  expect((await ask({ ...WISH, devices: ['TV'], password: PASSWORD })).status).toBe(400);
  expect(taken).toEqual([]);
  expect((await ask({ ...WISH, password: PASSWORD })).json).toMatchObject({ restart: 'by-hand' });
  expect(taken).toEqual([WISH]);
});

it('says why it is refused', async () => {
  expect(await ask({ ...WISH, folder: '/elsewhere', password: PASSWORD })).toMatchObject({
    status: 409,
    json: { error: { reason: 'not-offered', message: 'Nothing there.' } },
  });
});
