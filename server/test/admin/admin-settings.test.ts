import { afterEach, describe, expect, it } from 'vitest';

import { PASSWORD, startAdmin } from './admin-harness.ts';
import type { Admin } from './admin-harness.ts';

let admin: Admin;
afterEach(() => admin.close());

const settings = async (cookie: string) =>
  (await admin.ask('GET', '/api/v1/settings', { cookie })).json.settings as Record<
    string,
    unknown
  >[];

describe('settings', () => {
  it('say where they come from, and change while the host runs', async () => {
    admin = await startAdmin({ environment: { EARTHSHINE_PACING: 'off' } });
    const cookie = await admin.setUp();
    expect((await settings(cookie)).find(({ name }) => name === 'pacing')).toMatchObject({
      value: 'off',
      source: 'environment',
      locked: true,
      choices: ['smooth', 'burst', 'off'],
      readAt: 'stream',
    });
    const answer = await admin.ask('PATCH', '/api/v1/settings', {
      cookie,
      body: { settings: { fecPercentage: 35 } },
    });
    expect(answer.status).toBe(200);
    expect(admin.settings.options.fecPercentage).toBe(35);
  });

  it('that are locked or not taken are refused with the field', async () => {
    admin = await startAdmin({ environment: { EARTHSHINE_PACING: 'off' } });
    const cookie = await admin.setUp();
    const change = (body: unknown) => admin.ask('PATCH', '/api/v1/settings', { cookie, body });
    const locked = await change({ settings: { pacing: 'smooth' } });
    expect([locked.status, locked.json.error.reason, locked.json.error.field]).toEqual([
      409,
      'setting-locked',
      'settings.pacing',
    ]);
    const wrong = await change({ settings: { fecPercentage: 300 } });
    expect([wrong.status, wrong.json.error.reason, wrong.json.error.parameters]).toEqual([
      400,
      'not-taken',
      { takes: 'a whole number from 0 to 255 per cent' },
    ]);
    expect((await change({ settings: { colour: 'red' } })).status).toBe(400);
  });

  it('that open the machine to others take the password each time', async () => {
    admin = await startAdmin();
    const cookie = await admin.setUp();
    const change = (password?: string) =>
      admin.ask('PATCH', '/api/v1/settings', {
        cookie,
        body: { settings: { allowPublic: true }, password },
      });
    expect((await change()).json.error.code).toBe('password-required');
    expect((await change('not it')).json.error.code).toBe('wrong-password');
    expect(admin.settings.options.allowPublic).toBe(false);
    expect((await change(PASSWORD)).status).toBe(200);
    expect(admin.settings.options.allowPublic).toBe(true);
    expect((await change()).json.error.code).toBe('password-required');
  });
});
