import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { DrivenSession } from '../captures/captured.ts';
import { HEALTHY, simulate } from '../captures/simulated-stream.ts';
import { startAdmin, streaming } from './admin-harness.ts';
import type { Admin, Answer, Asked } from './admin-harness.ts';

let admin: Admin;
let cookie: string;

beforeAll(async () => {
  admin = await startAdmin();
  cookie = await admin.setUp();
});
afterAll(() => admin.close());

const ask = (method: string, target: string, asked: Asked = {}): Promise<Answer> =>
  admin.ask(method, `/api/v1/${target}`, { cookie, ...asked });

function stream(id: number): DrivenSession {
  const session = new DrivenSession(id);
  admin.recorder.observe(session);
  session.happenings.pass({ kind: 'state', state: 'streaming' });
  session.play(simulate({ ...HEALTHY, encode: 84, seconds: 12 }));
  return session;
}

describe('captures', () => {
  it('say of each stream what is kept, and what is to be said of it; so does the session', async () => {
    stream(7);
    admin.sessions.set([{ ...streaming, id: 7 }]);
    const { json } = await ask('GET', 'captures/7');
    expect(json).toMatchObject({
      session: 7,
      samples: 12,
      next: 12,
      verdict: { severity: 'bad', code: 'encode-slow', stage: 'encode' },
    });
    expect(json.recordingSince).toBeUndefined();
    expect((await ask('GET', 'captures')).json.captures).toEqual([json]);
    const [session] = (await ask('GET', 'sessions')).json.sessions;
    expect(session.verdict).toEqual(json.verdict);
  });

  it('hand out their seconds from a number on', async () => {
    const all = (await ask('GET', 'captures/7/samples/0')).json;
    expect(all.next).toBe(12);
    expect(all.times).toHaveLength(12);
    expect(all.columns.interval).toBe(1000);
    expect(all.columns['encode.mean']).toHaveLength(12);
    expect(all.events).toMatchObject([{ kind: 'state' }]);
    const more = (await ask('GET', 'captures/7/samples/10')).json;
    expect(more.times).toEqual(all.times.slice(10));
    expect(more.events).toEqual([]);
  });

  it('become recordings when they are begun and ended', async () => {
    expect((await ask('PUT', 'captures/7', { body: { recording: true } })).json).toMatchObject({
      capture: { recordingSince: expect.any(Number) },
    });
    const ended = (await ask('PUT', 'captures/7', { body: { recording: false } })).json;
    expect(ended).toMatchObject({ capture: { session: 7 } });
    // Not a second of it was recorded.
    expect(ended.recording).toBeUndefined();
    const kept = await ask('POST', 'recordings', { body: { session: 7 } });
    expect([kept.status, kept.json.header.samples]).toEqual([201, 12]);
  });

  it('of a session that does not run are not there', async () => {
    for (const [method, target, body] of [
      ['GET', 'captures/99', undefined],
      ['GET', 'captures/99/samples/0', undefined],
      ['PUT', 'captures/99', { recording: true }],
      ['POST', 'recordings', { session: 99 }],
    ] as const) {
      expect((await ask(method, target, { body })).status).toBe(404);
    }
    for (const bad of ['captures/x', 'captures/7/samples/-1', 'captures/7/samples/1.5']) {
      expect((await ask('GET', bad)).status).toBe(400);
    }
  });
});

describe('recordings', () => {
  it('are listed, changed, downloaded, taken in again and removed', async () => {
    const { recordings, budget, bytes } = (await ask('GET', 'recordings')).json;
    expect(budget).toBe(100_000_000);
    expect(bytes).toBe(recordings[0].bytes);
    const { id } = recordings[0];
    const changed = await ask('PATCH', `recordings/${id}`, {
      body: { name: 'Before', note: 'two\nlines', pinned: true },
    });
    expect(changed.json.header).toMatchObject({ name: 'Before', note: 'two\nlines', pinned: true });
    expect((await ask('GET', `recordings/${id}`)).json).toEqual(changed.json);

    const file = await ask('GET', `recordings/${id}/json`);
    expect(file.headers['content-disposition']).toBe(
      `attachment; filename="earthshine-${id}.json"`,
    );
    expect(file.headers['content-type']).toMatch(/^application\/json/);
    expect(file.json.header.name).toBe('Before');
    const table = await ask('GET', `recordings/${id}/csv`);
    expect(table.headers['content-type']).toMatch(/^text\/csv/);
    expect(table.text.trimEnd().split('\r\n')).toHaveLength(13);

    const again = await ask('POST', 'recordings/import', { body: file.text });
    expect([again.status, again.json.header.imported]).toEqual([201, true]);
    expect(again.json.id).not.toBe(id);
    expect((await ask('DELETE', `recordings/${again.json.id}`)).status).toBe(204);
    expect((await ask('DELETE', `recordings/${again.json.id}`)).status).toBe(404);
  });

  it('are not written over by who has not seen the last change, and are found by kind, device and word', async () => {
    const listed = async (query: string) =>
      (await ask('GET', `recordings?${query}`)).json.recordings as { id: string }[];
    const [seen] = (await ask('GET', 'recordings')).json.recordings;
    const change = (body: object) => ask('PATCH', `recordings/${seen.id}`, { body });
    const first = await change({ name: 'Mine', version: seen.version });
    expect(first.status).toBe(200);
    const late = await change({ name: 'Theirs', version: seen.version });
    expect([late.status, late.json.error.reason, late.json.error.parameters.changed]).toEqual([
      409,
      'stale',
      'name',
    ]);
    expect(late.json.error.remedy).toMatch(/^Read it again/);
    // What nobody else changed does not stand against it.
    expect((await change({ note: 'mine', version: seen.version })).status).toBe(200);
    expect(await listed('search=MINE')).toHaveLength(1);
    expect(await listed('search=theirs')).toHaveLength(0);
    expect(await listed('kind=summary')).toHaveLength(0);
    expect(await listed(`device=${seen.header.identity.device.fingerprint}`)).toHaveLength(1);
    expect(await listed('device=x')).toHaveLength(0);
    expect((await ask('GET', 'recordings?kind=x')).status).toBe(400);
  });

  it('that are none are refused with where it is', async () => {
    const whole = await ask(
      'GET',
      `recordings/${(await ask('GET', 'recordings')).json.recordings[0].id}/json`,
    );
    const broken = [
      '',
      '{',
      '[]',
      'null',
      whole.text.slice(0, -20),
      JSON.stringify({ ...whole.json, version: 99 }),
      JSON.stringify({ ...whole.json, times: 'x' }),
    ];
    for (const body of broken) {
      const answer = await ask('POST', 'recordings/import', { body });
      expect([answer.status, answer.json.error.code]).toEqual([422, 'invalid-recording']);
    }
    const large = await ask('POST', 'recordings/import', {
      body: ' '.repeat(17 * 1024 * 1024),
    }).catch(() => undefined);
    expect([413, undefined]).toContain(large?.status);
    const other = await ask('POST', 'recordings/import', {
      body: 'a,b',
      headers: { 'content-type': 'text/csv' },
    });
    expect(other.status).toBe(415);
  });

  it('lead nowhere else by their name, and damaged ones are downloaded as they are', async () => {
    for (const id of ['..%2f..%2fetc%2fpasswd', 'x', '20261201-083000-0123abcZ', '%00']) {
      for (const [method, target] of [
        ['GET', `recordings/${id}`],
        ['GET', `recordings/${id}/json`],
        ['GET', `recordings/${id}/csv`],
        ['DELETE', `recordings/${id}`],
      ] as const) {
        expect([400, 404]).toContain((await ask(method, target)).status);
      }
    }
    const id = '20261201-083000-0123abcd';
    await mkdir(path.join(admin.folder, 'recordings'), { recursive: true });
    await writeFile(path.join(admin.folder, 'recordings', `${id}.json`), 'garbage');
    expect((await ask('GET', `recordings/${id}`)).json).toMatchObject({
      damage: expect.any(String),
    });
    expect((await ask('GET', `recordings/${id}/json`)).text).toBe('garbage');
    expect((await ask('GET', `recordings/${id}/csv`)).status).toBe(422);
    expect((await ask('PATCH', `recordings/${id}`, { body: { pinned: true } })).status).toBe(422);
  });
});
