import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { FINGERPRINT, PASSWORD, applyForPairing, startAdmin } from './admin-harness.ts';
import type { Admin, Answer } from './admin-harness.ts';

let admin: Admin;
/** Over the owner's socket: what signing in adds is tested beside this. */
const own = (method: string, url: string, body?: unknown): Promise<Answer> =>
  admin.ask(method, url, { owner: true, body });
const refusal = (answer: Answer) => [answer.status, answer.json?.error?.code];

beforeEach(async () => {
  admin = await startAdmin();
  await admin.devices.add({ fingerprint: FINGERPRINT, name: 'TV', certificatePem: 'SECRET PEM' });
});

afterEach(() => admin.close());

describe('devices', () => {
  it('are renamed, disabled, enabled and removed', async () => {
    const url = `/api/v1/devices/${FINGERPRINT}`;
    const revoked: string[] = [];
    admin.devices.on('revoked', (fingerprint) => revoked.push(fingerprint));
    expect((await own('PATCH', url, { name: ' Living-room TV ' })).json.name).toBe(
      'Living-room TV',
    );
    expect((await own('PATCH', url, { enabled: false })).json).toMatchObject({
      name: 'Living-room TV',
      enabled: false,
    });
    expect(revoked).toEqual([FINGERPRINT]);
    expect((await own('PATCH', url, { enabled: true })).json.enabled).toBe(true);
    expect((await own('PATCH', url, { adaptive: false, speedTest: true })).json).toMatchObject({
      enabled: true,
      adaptive: false,
      speedTest: true,
    });
    expect(admin.devices.find(FINGERPRINT)).toMatchObject({ adaptive: false, speedTest: true });
    expect((await own('PATCH', url, { input: false })).json).toMatchObject({
      input: false,
      adaptive: false,
    });
    expect(admin.devices.find(FINGERPRINT)?.input).toBe(false);
    for (const body of [
      {},
      { name: '' },
      { name: 'x'.repeat(65) },
      { name: 'a\nb' },
      { enabled: 1 },
      { adaptive: 'on' },
      { input: 0 },
      { speedTest: null },
    ]) {
      expect(refusal(await own('PATCH', url, body))).toEqual([400, 'invalid-request']);
    }
    expect((await own('DELETE', url)).status).toBe(204);
    expect(refusal(await own('DELETE', url))).toEqual([404, 'not-found']);
    expect(refusal(await own('PATCH', url, { enabled: true }))).toEqual([404, 'not-found']);
    expect((await own('GET', '/api/v1/devices')).json).toEqual({ devices: [] });
  });

  it('are let past the lock screen only with the password, which a browser says each time', async () => {
    const cookie = await admin.setUp();
    const url = `/api/v1/devices/${FINGERPRINT}`;
    const change = (body: object) => admin.ask('PATCH', url, { cookie, body });
    expect(refusal(await change({ unlock: true }))).toEqual([403, 'password-required']);
    expect(refusal(await change({ unlock: true, password: 'not it' }))).toEqual([
      403,
      'wrong-password',
    ]);
    expect(admin.devices.find(FINGERPRINT)).toMatchObject({ unlock: false });
    expect((await change({ unlock: true, password: PASSWORD })).json.unlock).toBe(true);
    expect((await change({ unlock: false })).json.unlock).toBe(false);
    // The password alone changes nothing.
    expect((await change({ password: PASSWORD })).status).toBe(400);
    expect((await own('PATCH', url, { unlock: true })).json.unlock).toBe(true);
  });
});

describe('pairing', () => {
  it('gives a PIN to the request that is named, or to the only one', async () => {
    applyForPairing(admin, '192.0.2.30', '1234');
    const only = await own('POST', '/api/v1/pairing/answer', { pin: '1234', name: 'Phone' });
    expect([only.status, only.json.result]).toEqual([200, 'paired']);
    expect(only.json.device).toMatchObject({ name: 'Phone', enabled: true, sessions: [] });

    applyForPairing(admin, '192.0.2.31', '1111');
    applyForPairing(admin, '192.0.2.32', '2222');
    const requests = (await own('GET', '/api/v1/pairing')).json.pairing.requests as {
      id: string;
      address: string;
    }[];
    const id = (address: string) => requests.find((request) => request.address === address)!.id;
    expect(refusal(await own('POST', '/api/v1/pairing/answer', { pin: '2222' }))).toEqual([
      409,
      'several-wait',
    ]);
    const named = await own('POST', '/api/v1/pairing/answer', {
      pin: '2222',
      request: id('192.0.2.32'),
    });
    expect(named.json).toMatchObject({ result: 'paired', device: { enabled: true, sessions: [] } });
    const wrong = await own('POST', '/api/v1/pairing/answer', {
      pin: '9999',
      request: id('192.0.2.31'),
    });
    expect(wrong.json).toEqual({ result: 'wrong-pin' });
    expect(
      refusal(
        await own('POST', '/api/v1/pairing/answer', { pin: '1111', request: id('192.0.2.31') }),
      ),
    ).toEqual([409, 'nothing-waits']);
  });

  it('refuses what is no PIN, and leaves the request waiting', async () => {
    applyForPairing(admin, '192.0.2.30', '1234');
    for (const pin of ['123', '12345', '12a4', '١٢٣٤', 1234, undefined]) {
      expect(refusal(await own('POST', '/api/v1/pairing/answer', { pin }))).toEqual([
        400,
        'invalid-request',
      ]);
    }
    expect(admin.desk.waiting()).toHaveLength(1);
    const other = await own('POST', '/api/v1/pairing/answer', {
      pin: '1234',
      request: 'f'.repeat(16),
    });
    expect(refusal(other)).toEqual([404, 'not-found']);
    expect(admin.desk.waiting()).toHaveLength(1);
  });

  it('turns a request away, and is switched off', async () => {
    applyForPairing(admin, '192.0.2.30', '1234');
    const [request] = admin.desk.waiting();
    expect((await own('DELETE', `/api/v1/pairing/${request!.id}`)).status).toBe(204);
    expect(refusal(await own('DELETE', `/api/v1/pairing/${request!.id}`))).toEqual([
      404,
      'not-found',
    ]);
    expect(refusal(await own('POST', '/api/v1/pairing/answer', { pin: '1234' }))).toEqual([
      409,
      'nothing-waits',
    ]);
    const off = await own('PUT', '/api/v1/pairing', { enabled: false });
    expect(off.json).toEqual({ pairing: { enabled: false, requests: [] } });
    expect(admin.desk.enabled).toBe(false);
  });

  it('never logs a PIN', async () => {
    applyForPairing(admin, '192.0.2.30', '8372');
    await own('POST', '/api/v1/pairing/answer', { pin: '8372' });
    expect(JSON.stringify(admin.log)).not.toContain('8372');
  });
});

it('commands of a device are said with the password, kept beside its limits, and shown', async () => {
  const cookie = await admin.setUp();
  const change = (body: object) =>
    admin.ask('PATCH', `/api/v1/devices/${FINGERPRINT}`, { cookie, body });
  const preparation = [{ run: ['/usr/bin/lamp', 'on'], undo: ['/usr/bin/lamp', 'off'] }];
  expect(refusal(await change({ preparation }))).toEqual([403, 'password-required']);
  expect(refusal(await change({ preparation: [{ run: [] }], password: PASSWORD }))).toEqual([
    400,
    'invalid-request',
  ]);
  const said = (await change({ preparation, password: PASSWORD })).json;
  expect([said.preparation, said.limits]).toEqual([preparation, undefined]);
  // Bounds take the place of bounds alone, and need no password.
  const bounded = (await change({ limits: { bitrateKbps: 9_000 } })).json;
  expect([bounded.preparation, bounded.limits]).toEqual([preparation, { bitrateKbps: 9_000 }]);
  expect(admin.devices.find(FINGERPRINT)?.limits).toEqual({ bitrateKbps: 9_000, preparation });
  const stale = await change({ preparation: [], version: said.version, password: PASSWORD });
  expect(stale.json.preparation).toBeUndefined();
  expect((await change({ limits: {}, version: said.version })).status).toBe(409);
});

describe('devices on a full disk', () => {
  it('are out at once on a full disk, and the owner, who can sign in, is told that it is not stored', async () => {
    const cookie = await admin.setUp();
    await admin.store.run('PRAGMA query_only = ON');
    const path = `/api/v1/devices/${FINGERPRINT}`;
    const refused = {
      error: {
        code: 'not-stored',
        message:
          'TV is shut out, but only until the host ends. That could not be stored: the store may only be read. Make room and do it again.',
        remedy: 'Make room on the disk.',
      },
    };
    const disabled = await admin.ask('PATCH', path, {
      cookie,
      body: { enabled: false, name: 'X' },
    });
    expect([disabled.status, disabled.json]).toEqual([507, refused]);
    expect(admin.devices.find(FINGERPRINT)).toMatchObject({ enabled: false, name: 'TV' });
    expect((await admin.ask('DELETE', path, { cookie })).json).toEqual(refused);
    expect(admin.devices.find(FINGERPRINT)).toMatchObject({ enabled: false });
    const enabled = await admin.ask('PATCH', path, { cookie, body: { enabled: true } });
    expect(enabled.json).toMatchObject({ error: { code: 'not-stored' } });
    expect(admin.devices.find(FINGERPRINT)).toMatchObject({ enabled: false });
    const session = await admin.ask('POST', '/api/v1/login', { body: { password: PASSWORD } });
    expect(session.status).toBeLessThan(300);
    await admin.store.run('PRAGMA query_only = OFF');
    expect((await admin.ask('DELETE', path, { cookie })).status).toBe(204);
  });
});
