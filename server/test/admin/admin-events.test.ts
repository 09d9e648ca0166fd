import { once } from 'node:events';
import type http from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { state as stateShape } from '../../src/admin/resources/host-shapes.ts';
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

describe('events', () => {
  interface Event {
    readonly id: string;
    readonly name: string;
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    readonly data: any;
  }

  async function listen(cookie?: string, lastSeen?: string) {
    const request = admin.open('GET', '/api/v1/events', {
      ...(cookie ? { cookie } : { owner: true }),
      headers: { 'last-event-id': lastSeen },
    });
    request.end();
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    // Else nginx collects them.
    if (response.statusCode === 200) expect(response.headers['x-accel-buffering']).toBe('no');
    const seen: Event[] = [];
    let rest = '';
    let ended = false;
    response.on('data', (part: Buffer) => {
      const blocks = (rest + part.toString()).split('\n\n');
      rest = blocks.pop()!;
      for (const block of blocks) {
        const match = /^id: (.*)\nevent: (.*)\ndata: (.*)$/.exec(block);
        if (match) seen.push({ id: match[1]!, name: match[2]!, data: JSON.parse(match[3]!) });
      }
    });
    response.on('close', () => (ended = true));
    response.on('error', () => undefined);
    const next = async (name: string, from = 0) => {
      const end = performance.now() + 10_000;
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
    expect(stateShape.safeParse(await stream.next('state')).success).toBe(true);
    applyForPairing(admin, '192.0.2.30', '1234');
    expect((await stream.next('pairing')).pairing.requests).toMatchObject([
      { address: '192.0.2.30' },
    ]);
    await admin.devices.setEnabled(FINGERPRINT, false);
    expect((await stream.next('devices')).devices).toMatchObject([{ enabled: false }]);
    await admin.apps.remove('test-pattern');
    const { apps } = await stream.next('apps');
    expect(apps).not.toHaveLength(0);
    expect(apps).not.toContainEqual(expect.objectContaining({ id: 'test-pattern' }));
    admin.status = { ...admin.status, notices: [{ severity: 'warning', message: 'Look.' }] };
    expect((await stream.next('status')).status.notices).toHaveLength(1);
    stream.request.destroy();
  });

  it('collect changes that come together, and send only what differs', async () => {
    const stream = await listen();
    await stream.next('state');
    for (let id = 1; id <= 50; id++) admin.sessions.set([{ ...streaming, id }]);
    await stream.next('sessions');
    admin.sessions.set([{ ...streaming, id: 50 }]);
    // What is sent later tells that nothing else was to be sent before it.
    admin.status = { ...admin.status, name: 'den' };
    await stream.next('status');
    expect(stream.seen.map(({ name }) => name)).toEqual(['state', 'sessions', 'devices', 'status']);
    // Figures change without an event.
    admin.sessions.views = [{ ...streaming, id: 50, roundTrip: 9 }];
    expect((await stream.next('sessions', 4)).sessions[0].roundTripMs).toBe(9);
    stream.request.destroy();
  });

  it('go on after a break with what changed in it, where the host still knows', async () => {
    const before = await listen();
    await before.next('state');
    admin.status = { ...admin.status, name: 'den' };
    await before.next('status');
    const { id } = before.seen.at(-1)!;
    before.request.destroy();
    await vi.waitUntil(() => before.hasEnded(), { timeout: 10_000 });

    await admin.devices.rename(FINGERPRINT, 'Tablet');
    await wait(1_100);
    const after = await listen(undefined, id);
    expect((await after.next('devices')).devices).toMatchObject([{ name: 'Tablet' }]);
    expect(after.seen.map(({ name }) => name)).not.toContain('state');
    expect(after.seen.map(({ name }) => name)).not.toContain('status');
    after.request.destroy();

    for (const unknown of ['0123456789ab-1', `${id}9999`, 'x', `${id.split('-')[0]}-`]) {
      const anew = await listen(undefined, unknown);
      await anew.next('state');
      expect(anew.seen[0]!.name).toBe('state');
      anew.request.destroy();
    }
  });

  it('end with the sign-in and with the host', async () => {
    const cookie = await admin.setUp();
    const [signedIn, owner] = [await listen(cookie), await listen()];
    await Promise.all([signedIn.next('state'), owner.next('state')]);
    await admin.ask('POST', '/api/v1/logout', { cookie });
    await vi.waitUntil(() => signedIn.hasEnded(), { timeout: 10_000 });
    expect(owner.hasEnded()).toBe(false);
    await admin.server.close();
    await vi.waitUntil(() => owner.hasEnded(), { timeout: 10_000 });
  });

  it('are at most 16 at once', async () => {
    const streams = [];
    for (let count = 0; count < 16; count++) streams.push(await listen());
    expect(refusal(await own('GET', '/api/v1/events'))).toEqual([503, 'busy']);
    streams[0]!.request.destroy();
    // The host sees that it is gone a moment later.
    const more = await vi.waitUntil(
      async () => {
        const stream = await listen();
        if (stream.response.statusCode === 200) return stream;
        stream.request.destroy();
        return undefined;
      },
      { timeout: 10_000 },
    );
    await more.next('state');
    for (const { request } of [...streams, more]) request.destroy();
  });
});
