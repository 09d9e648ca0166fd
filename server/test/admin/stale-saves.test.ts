import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { BUILT_IN_IDS } from '../apps/built-in-apps.ts';
import { FINGERPRINT, startAdmin } from './admin-harness.ts';
import type { Admin, Answer } from './admin-harness.ts';

let admin: Admin;

beforeAll(async () => {
  admin = await startAdmin();
  await admin.devices.add({ fingerprint: FINGERPRINT, name: 'TV', certificatePem: 'certificate' });
});

afterAll(() => admin.close());

const own = (method: string, url: string, body?: unknown) =>
  admin.ask(method, url, { owner: true, body });
const conflict = ({ status, json }: Answer) => [
  status,
  json.error?.code,
  json.error?.reason,
  json.error?.parameters?.changed,
];

describe('a save of what somebody else has changed meanwhile is refused', () => {
  it('for apps, and names what changed', async () => {
    const app = { title: 'Steam', command: ['steam'] };
    const first = (await own('POST', '/api/v1/apps', { app })).json;
    const url = `/api/v1/apps/${first.id}`;
    const theirs = { ...app, command: ['steam', '-gamepadui'], environment: { LANG: 'de' } };
    const { version } = first;
    expect((await own('PUT', url, { app: theirs, version })).status).toBe(200);
    const mine = await own('PUT', url, { app: { ...app, title: 'Big Picture' }, version });
    expect(conflict(mine)).toEqual([409, 'conflict', 'stale', 'app.command app.environment']);
    expect(admin.apps.byId(first.id)).toMatchObject({ title: 'Steam', command: theirs.command });
    // A picture and a place are no part of what an edit replaces.
    const seen = (await own('GET', '/api/v1/apps')).json.apps.at(-1);
    await own('PUT', '/api/v1/app-order', {
      ids: [first.id, ...BUILT_IN_IDS],
    });
    expect((await own('PUT', url, { app, version: seen.version })).status).toBe(200);
    // Who does not care says no version.
    expect((await own('PUT', url, { app: theirs })).status).toBe(200);
  });

  it('for devices, where it changes the same', async () => {
    const url = `/api/v1/devices/${FINGERPRINT}`;
    const { version } = (await own('GET', '/api/v1/devices')).json.devices[0];
    expect((await own('PATCH', url, { name: 'Television', version })).status).toBe(200);
    expect(conflict(await own('PATCH', url, { name: 'Telly', version }))).toEqual([
      409,
      'conflict',
      'stale',
      'name',
    ]);
    // Something else about the same device is not in the way.
    expect((await own('PATCH', url, { input: false, version })).status).toBe(200);
    expect((await own('PATCH', url, { preset: 'full', version })).status).toBe(409);
    expect(admin.devices.find(FINGERPRINT)).toMatchObject({ name: 'Television', input: false });
  });

  it('for settings, one by one', async () => {
    const list = async () => (await own('GET', '/api/v1/settings')).json.settings;
    const versionOf = async (name: string) =>
      (await list()).find((one: { name: string }) => one.name === name).version;
    const versions = { name: await versionOf('name'), logLevel: await versionOf('logLevel') };
    const choose = (settings: object) => own('PATCH', '/api/v1/settings', { settings, versions });
    expect((await choose({ logLevel: 'debug' })).status).toBe(200);
    expect(conflict(await choose({ logLevel: 'warn' }))).toEqual([
      409,
      'conflict',
      'stale',
      'settings.logLevel',
    ]);
    // Only what is about to be changed counts.
    expect((await choose({ name: 'Attic' })).status).toBe(200);
    expect((await list()).find((one: { name: string }) => one.name === 'logLevel').value).toBe(
      'debug',
    );
  });

  it('when the version is of another build, or no version at all', async () => {
    const url = `/api/v1/devices/${FINGERPRINT}`;
    expect(conflict(await own('PATCH', url, { name: 'X', version: 'AAAA' }))).toEqual([
      409,
      'conflict',
      'stale',
      'name',
    ]);
    for (const version of ['', 'not/one', 'A'.repeat(500), 7]) {
      const { status, json } = await own('PATCH', url, { name: 'X', version });
      expect([status, json.error.code, json.error.field]).toEqual([
        400,
        'invalid-request',
        'version',
      ]);
    }
  });
});
