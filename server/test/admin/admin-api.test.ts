import { once } from 'node:events';
import { rename, stat, symlink, writeFile } from 'node:fs/promises';
import type http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PNG } from 'pngjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { OwnerSocketUnusable } from '../../src/admin/owner-socket.ts';
import * as shapes from '../../src/admin/schemas.ts';
import { FINGERPRINT, applyForPairing, startAdmin, streaming } from './admin-harness.ts';
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

describe('the state', () => {
  it('holds everything, in the documented shape, and no certificate', async () => {
    admin.sessions.set([streaming]);
    applyForPairing(admin, '192.0.2.30', '1234');
    const { status, json, text } = await own('GET', '/api/v1/state');
    expect(status).toBe(200);
    expect(shapes.state.parse(json)).toEqual(json);
    expect(json).toMatchObject({
      status: admin.status,
      devices: [{ name: 'TV', enabled: true, sessions: [7] }],
      pairing: { enabled: true, requests: [{ address: '192.0.2.30' }] },
      apps: [{ title: 'Desktop' }, { title: 'Test pattern' }],
    });
    expect(text).not.toContain('SECRET');
    expect(text).not.toContain('certificate');
    for (const part of ['status', 'sessions', 'devices', 'pairing', 'apps']) {
      expect((await own('GET', `/api/v1/${part}`)).json).toEqual({ [part]: json[part] });
    }
  });

  it('tells a session’s figures, and leaves out what was not measured', async () => {
    admin.sessions.set([streaming]);
    const [session] = (await own('GET', '/api/v1/sessions')).json.sessions;
    expect(session).toMatchObject({
      id: 7,
      state: 'streaming',
      encoder: 'libx264',
      video: {
        codec: 'h264',
        width: 1920,
        framesPerSecond: 59.94,
        bitrateKbps: 20000,
        encrypted: true,
      },
      audio: { channels: 2, packetDuration: 5 },
      roundTripMs: 2.5,
      adjustments: ['HEVC was asked for.'],
    });
    expect(session.figures).toEqual({
      framesPerSecond: 60,
      newFramesPerSecond: 57,
      droppedFrames: 1,
      bitrateKbps: 18000,
      hostLatency: { p50: 4.2, p99: 7.9, max: 9.123 },
      sendDrops: 0,
      sendMethod: 'sendmmsg',
    });
    const { id, device, app, address, startedAt, mediaRestarts, notices } = streaming;
    admin.sessions.set([
      { id, state: 'launching', device, app, address, startedAt, mediaRestarts, notices },
    ]);
    const [launching] = (await own('GET', '/api/v1/sessions')).json.sessions;
    expect(launching.figures).toEqual({});
    for (const key of ['video', 'audio', 'encoder', 'roundTripMs'])
      expect(launching).not.toHaveProperty(key);
  });

  it('is described by the OpenAPI document, route by route', async () => {
    const { json } = await own('GET', '/api/v1/openapi.json');
    expect(json.openapi).toBe('3.1.0');
    expect(json.info.version).toBe('0.1.0');
    expect(Object.keys(json.paths['/api/v1/apps/{id}'])).toEqual(['put', 'delete']);
    expect(json.paths['/api/v1/apps'].post.responses['201']).toBeDefined();
    expect(json.paths['/api/v1/login'].post.security).toEqual([]);
    expect(json.components.schemas.Session.properties.figures).toBeDefined();
    expect(json.paths).not.toHaveProperty('/{*page}');
  });
});

describe('sessions', () => {
  it('end one by one or all together, as the owner’s wish', async () => {
    admin.sessions.set([streaming, { ...streaming, id: 8 }, { ...streaming, id: 9 }]);
    expect((await own('DELETE', '/api/v1/sessions/8')).status).toBe(204);
    expect(refusal(await own('DELETE', '/api/v1/sessions/8'))).toEqual([404, 'not-found']);
    expect(refusal(await own('DELETE', '/api/v1/sessions/x'))).toEqual([400, 'invalid-request']);
    expect((await own('DELETE', '/api/v1/sessions')).status).toBe(204);
    expect(admin.sessions.ended).toEqual([
      [8, 'owner'],
      [7, 'owner'],
      [9, 'owner'],
    ]);
  });
});

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
    for (const body of [
      {},
      { name: '' },
      { name: 'x'.repeat(65) },
      { name: 'a\nb' },
      { enabled: 1 },
    ]) {
      expect(refusal(await own('PATCH', url, body))).toEqual([400, 'invalid-request']);
    }
    expect((await own('DELETE', url)).status).toBe(204);
    expect(refusal(await own('DELETE', url))).toEqual([404, 'not-found']);
    expect(refusal(await own('PATCH', url, { enabled: true }))).toEqual([404, 'not-found']);
    expect((await own('GET', '/api/v1/devices')).json).toEqual({ devices: [] });
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

describe('apps', () => {
  const steam = {
    title: 'Steam',
    command: ['/usr/bin/steam', '-bigpicture'],
    environment: { LANG: 'C' },
    preparation: [{ run: ['hue', 'dim'], undo: ['hue', 'bright'] }],
  };

  it('are added, replaced, ordered and removed', async () => {
    const added = await own('POST', '/api/v1/apps', { app: steam });
    expect(added.status).toBe(201);
    expect(shapes.app.parse(added.json)).toEqual(added.json);
    expect(added.json).toMatchObject({
      id: 'steam',
      ...steam,
      source: 'desktop',
      shell: false,
      position: 2,
    });
    const changed = await own('PUT', '/api/v1/apps/steam', {
      app: { title: 'Steam', shell: true, command: ['steam | tee log'] },
    });
    expect(changed.json).toMatchObject({
      id: 'steam',
      shell: true,
      environment: {},
      preparation: [],
      position: 2,
    });
    expect(changed.json.gameId).toBe(added.json.gameId);
    const order = await own('PUT', '/api/v1/app-order', {
      ids: ['steam', 'test-pattern', 'desktop'],
    });
    expect(order.json.apps.map((app: { id: string }) => app.id)).toEqual([
      'steam',
      'test-pattern',
      'desktop',
    ]);
    expect(refusal(await own('PUT', '/api/v1/app-order', { ids: ['steam'] }))).toEqual([
      409,
      'conflict',
    ]);
    expect((await own('DELETE', '/api/v1/apps/steam')).status).toBe(204);
    expect(refusal(await own('DELETE', '/api/v1/apps/steam'))).toEqual([404, 'not-found']);
    expect(refusal(await own('PUT', '/api/v1/apps/steam', { app: steam }))).toEqual([
      404,
      'not-found',
    ]);
  });

  it.each([
    ['no title', {}],
    ['an empty title', { title: ' ' }],
    ['an empty command', { title: 'x', command: [] }],
    ['a nameless program', { title: 'x', command: ['', 'a'] }],
    ['NUL', { title: 'x', command: ['a\0b'] }],
    ['two words for a shell', { title: 'x', shell: true, command: ['a', 'b'] }],
    ['a shell without a line', { title: 'x', shell: true }],
    ['a relative folder', { title: 'x', workingDirectory: 'games' }],
    ['a variable that is none', { title: 'x', environment: { 'A=B': 'c' } }],
    ['an undo alone', { title: 'x', preparation: [{ undo: ['a'] }] }],
    ['an unknown source', { title: 'x', source: 'camera' }],
    ['an id', { title: 'x', id: 'y' }],
  ])('are refused with %s', async (_what, app) => {
    expect(refusal(await own('POST', '/api/v1/apps', { app }))).toEqual([400, 'invalid-request']);
    expect(admin.apps.list()).toHaveLength(2);
  });

  it('have art: generated, uploaded, and generated again', async () => {
    const { apps } = (await own('GET', '/api/v1/apps')).json;
    const generated = await own('GET', apps[0].artUrl);
    expect([generated.status, generated.headers['content-type']]).toEqual([200, 'image/png']);
    expect(PNG.sync.read(generated.bytes)).toMatchObject({ width: 600, height: 800 });
    const upload = PNG.sync.write(
      Object.assign(new PNG({ width: 30, height: 40 }), { data: Buffer.alloc(4800, 255) }),
    );
    const painted = await own('PUT', '/api/v1/apps/desktop/art', upload);
    expect(painted.json).toMatchObject({ hasArt: true });
    expect(painted.json.artUrl).not.toBe(apps[0].artUrl);
    expect(PNG.sync.read((await own('GET', painted.json.artUrl)).bytes).data[0]).toBe(255);
    expect(refusal(await own('PUT', '/api/v1/apps/desktop/art', Buffer.from('GIF89a')))).toEqual([
      422,
      'invalid-art',
    ]);
    expect(refusal(await own('PUT', '/api/v1/apps/none/art', upload))).toEqual([404, 'not-found']);
    const back = await own('DELETE', '/api/v1/apps/desktop/art');
    expect(back.json).toMatchObject({ hasArt: false, artUrl: apps[0].artUrl });
  });
});

describe('events', () => {
  interface Event {
    readonly name: string;
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    readonly data: any;
  }

  async function listen(cookie?: string) {
    const request = admin.open('GET', '/api/v1/events', cookie ? { cookie } : { owner: true });
    request.end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const seen: Event[] = [];
    let rest = '';
    let ended = false;
    response.on('data', (part: Buffer) => {
      const blocks = (rest + part.toString()).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const match = /^event: (.*)\ndata: (.*)$/.exec(block);
        if (match) seen.push({ name: match[1]!, data: JSON.parse(match[2]!) });
      }
    });
    response.on('close', () => (ended = true));
    response.on('error', () => undefined);
    const next = async (name: string, from = 0) => {
      const end = performance.now() + 4000;
      for (;;) {
        const found = seen.slice(from).find((event) => event.name === name);
        if (found) return found.data;
        if (performance.now() > end) throw new Error(`no ${name} came`);
        await wait(10);
      }
    };
    return { response, seen, next, request, hasEnded: () => ended };
  }

  it('begin with the state and bring each part again when it changes', async () => {
    const stream = await listen();
    expect(stream.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(shapes.state.safeParse(await stream.next('state')).success).toBe(true);
    applyForPairing(admin, '192.0.2.30', '1234');
    expect((await stream.next('pairing')).pairing.requests).toMatchObject([
      { address: '192.0.2.30' },
    ]);
    await admin.devices.setEnabled(FINGERPRINT, false);
    expect((await stream.next('devices')).devices).toMatchObject([{ enabled: false }]);
    await admin.apps.remove('test-pattern');
    expect((await stream.next('apps')).apps).toHaveLength(1);
    admin.status = { ...admin.status, notices: [{ severity: 'warning', message: 'Look.' }] };
    expect((await stream.next('status')).status.notices).toHaveLength(1);
    stream.request.destroy();
  });

  it('collect changes that come together, and send only what differs', async () => {
    const stream = await listen();
    await stream.next('state');
    for (let id = 1; id <= 50; id++) admin.sessions.set([{ ...streaming, id }]);
    await stream.next('sessions');
    await wait(300);
    expect(stream.seen.filter(({ name }) => name === 'sessions')).toHaveLength(1);
    admin.sessions.set([{ ...streaming, id: 50 }]);
    await wait(300);
    expect(stream.seen.map(({ name }) => name)).toEqual(['state', 'sessions', 'devices']);
    // Figures change without an event.
    admin.sessions.views = [{ ...streaming, id: 50, roundTrip: 9 }];
    expect((await stream.next('sessions', 3)).sessions[0].roundTripMs).toBe(9);
    stream.request.destroy();
  });

  it('end with the sign-in and with the host', async () => {
    const cookie = await admin.setUp();
    const [signedIn, owner] = [await listen(cookie), await listen()];
    await Promise.all([signedIn.next('state'), owner.next('state')]);
    await admin.ask('POST', '/api/v1/logout', { cookie });
    await wait(200);
    expect([signedIn.hasEnded(), owner.hasEnded()]).toEqual([true, false]);
    await admin.server.close();
    await wait(50);
    expect(owner.hasEnded()).toBe(true);
  });

  it('are at most 16 at once', async () => {
    const streams = [];
    for (let count = 0; count < 16; count++) streams.push(await listen());
    expect(refusal(await own('GET', '/api/v1/events'))).toEqual([503, 'busy']);
    streams[0]!.request.destroy();
    await wait(100);
    const more = await listen();
    await more.next('state');
    for (const { request } of [...streams, more]) request.destroy();
  });
});

describe('the pages', () => {
  const get = (url: string) => admin.ask('GET', url);

  it('are served, with index.html for every path of the page itself', async () => {
    for (const url of ['/', '/devices', '/apps/steam', '/?x=1']) {
      const answer = await get(url);
      expect([answer.status, answer.text]).toEqual([
        200,
        '<!doctype html><title>Earthshine</title>',
      ]);
      expect(answer.headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-cache',
      });
    }
    const asset = await get('/assets/app-1234.js');
    expect(asset.headers['content-type']).toMatch(/javascript/);
    expect(asset.headers['cache-control']).toBe('max-age=31536000,immutable');
    expect((await get('/icon.svg')).headers['content-type']).toBe('image/svg+xml');
    expect((await get('/assets/none.js')).status).toBe(404);
    expect((await admin.ask('HEAD', '/')).status).toBe(200);
  });

  it('never lead out of their folder', async () => {
    await writeFile(path.join(admin.folder, 'secret.txt'), 'SECRET');
    await symlink(path.join(admin.folder, 'secret.txt'), path.join(admin.folder, 'web/link.txt'));
    await writeFile(path.join(admin.folder, 'web/.hidden.txt'), 'SECRET');
    for (const url of [
      '/../secret.txt',
      '/assets/../../secret.txt',
      '/%2e%2e/secret.txt',
      '/..%2fsecret.txt',
      '/assets/..%5c..%5csecret.txt',
      '/%252e%252e/secret.txt',
      '//secret.txt',
      '/./secret.txt',
      `/${admin.folder}/secret.txt`,
      '/secret.txt%00.js',
      '/link.txt',
      '/.hidden.txt',
      '/%',
      '/%ff.js',
    ]) {
      const answer = await get(url);
      expect([url, answer.text.includes('SECRET')]).toEqual([url, false]);
      expect([400, 404]).toContain(answer.status);
    }
  });
});

describe('the owner’s socket', () => {
  it('is 0600, goes with the host, and is taken over from one that died', async () => {
    expect((await stat(admin.socketPath)).mode & 0o777).toBe(0o600);
    await expect(admin.again()).rejects.toThrow(OwnerSocketUnusable);
    await admin.server.close();
    await expect(stat(admin.socketPath)).rejects.toThrow(/ENOENT/);

    const left = net.createServer();
    await new Promise<void>((resolve) => left.listen(`${admin.socketPath}.x`, resolve));
    await rename(`${admin.socketPath}.x`, admin.socketPath);
    await new Promise((resolve) => left.close(resolve));
    expect((await stat(admin.socketPath)).isSocket()).toBe(true);
    await admin.again();
    expect((await own('GET', '/api/v1/status')).status).toBe(200);
  });

  it('refuses what a browser would send', async () => {
    const answer = await admin.ask('DELETE', '/api/v1/sessions', {
      owner: true,
      headers: { origin: 'https://evil.example' },
    });
    expect(refusal(answer)).toEqual([403, 'foreign-origin']);
  });

  it('does not open beside a port that is taken', async () => {
    const options = { port: admin.server.port, socketPath: path.join(admin.folder, 'other.sock') };
    await expect(admin.again(options)).rejects.toMatchObject({
      code: 'EADDRINUSE',
      port: admin.server.port,
    });
    await expect(stat(options.socketPath)).rejects.toThrow(/ENOENT/);
  });
});
