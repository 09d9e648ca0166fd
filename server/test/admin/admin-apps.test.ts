import { PNG } from 'pngjs';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { BUILT_IN_IDS } from '../apps/built-in-apps.ts';
import { app as appShape } from '../../src/admin/resources/app-shapes.ts';
import { FINGERPRINT, startAdmin } from './admin-harness.ts';
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

describe('apps', () => {
  const steam = {
    title: 'Steam',
    command: ['/usr/bin/steam', '-bigpicture'],
    environment: { LANG: 'C' },
    preparation: [{ run: ['hue', 'dim'], undo: ['hue', 'bright'] }],
  };

  it("run on the desktop's screen, on one of the device's own, or on the test pattern", async () => {
    const edit = (source: string) =>
      own('POST', '/api/v1/apps', { app: { ...steam, title: source, source } });
    for (const source of ['desktop', 'own', 'test-pattern']) {
      expect((await edit(source)).json).toMatchObject({ source, command: steam.command });
    }
    expect((await edit('hologram')).status).toBe(400);
  });

  it('run on no screen at all, or are something that the host does', async () => {
    for (const source of ['input-only', 'game-mode', 'host-sleep', 'host-end-app']) {
      const { status, json } = await own('POST', '/api/v1/apps', { app: { title: 'x', source } });
      expect([status, json.source]).toEqual([201, source]);
    }
  });

  it('are added, replaced, ordered and removed', async () => {
    const added = await own('POST', '/api/v1/apps', { app: steam });
    expect(added.status).toBe(201);
    expect(appShape.parse(added.json)).toEqual(added.json);
    expect(added.json).toMatchObject({
      id: 'steam',
      ...steam,
      source: 'desktop',
      shell: false,
      position: BUILT_IN_IDS.length,
    });
    const changed = await own('PUT', '/api/v1/apps/steam', {
      app: { title: 'Steam', shell: true, command: ['steam | tee log'] },
    });
    expect(changed.json).toMatchObject({
      id: 'steam',
      shell: true,
      environment: {},
      preparation: [],
      position: BUILT_IN_IDS.length,
    });
    expect(changed.json.gameId).toBe(added.json.gameId);
    const order = await own('PUT', '/api/v1/app-order', {
      ids: ['steam', ...BUILT_IN_IDS.toReversed()],
    });
    expect(order.json.apps.map((app: { id: string }) => app.id)).toEqual([
      'steam',
      ...BUILT_IN_IDS.toReversed(),
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
    ['a command for a host action', { title: 'x', source: 'host-sleep', command: ['a'] }],
    ['a command without a screen', { title: 'x', source: 'input-only', command: ['a'] }],
    ['an id', { title: 'x', id: 'y' }],
  ])('are refused with %s', async (_what, app) => {
    expect(refusal(await own('POST', '/api/v1/apps', { app }))).toEqual([400, 'invalid-request']);
    expect(admin.apps.list()).toHaveLength(BUILT_IN_IDS.length);
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
    // Lists of hundreds of apps have small ones.
    const small = await own('GET', painted.json.thumbnailUrl);
    expect(small.headers['content-type']).toBe('image/webp');
    expect(await sharp(small.bytes).metadata()).toMatchObject({ width: 300, height: 400 });
    const drawn = await own('GET', apps[0].thumbnailUrl);
    expect(drawn.bytes.length).toBeLessThan(30_000);
    expect((await own('GET', apps[0].thumbnailUrl)).bytes).toEqual(drawn.bytes);
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

it('a command is tried without being saved, with a bound, one at a time', async () => {
  const trial = (app: object) =>
    own('POST', '/api/v1/apps/trial', { app: { title: 'Tried', ...app } });
  const tried = await trial({
    shell: true,
    command: ['echo $GREETING; exit 4'],
    environment: { GREETING: 'hello' },
  });
  expect(tried.json).toMatchObject({ code: 4, signal: null, output: ['hello'] });
  expect(tried.json.environment).toMatchObject({ GREETING: 'hello', EARTHSHINE_HEIGHT: '1080' });
  const both = await Promise.all([
    trial({ command: ['sleep', '60'] }),
    trial({ command: ['sleep', '60'] }),
  ]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([200, 503]);
  const ran = both.find(({ status }) => status === 200)!;
  expect(ran.json).not.toHaveProperty('code');
  expect((await trial({ command: ['/no/such/program'] })).json.failure).toContain('no program');
  const { json } = await trial({});
  expect([json.error.code, json.error.field]).toEqual(['invalid-request', 'app.command']);
  expect(admin.apps.list().map(({ title }) => title)).not.toContain('Tried');
});
