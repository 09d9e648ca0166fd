import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { BUILT_IN } from '../apps/built-in-apps.ts';
import { state as stateShape } from '../../src/admin/resources/host-shapes.ts';
import { STATISTIC_NAMES } from '../../src/native/statistics.ts';
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
    expect(stateShape.parse(json)).toEqual(json);
    expect(json).toMatchObject({
      status: admin.status,
      devices: [{ name: 'TV', enabled: true, sessions: [7] }],
      pairing: { enabled: true, requests: [{ address: '192.0.2.30' }] },
      apps: BUILT_IN,
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
    expect(session.figures).toMatchObject({
      framesPerSecond: 60,
      newFramesPerSecond: 57,
      framesDropped: 1,
      framesOverwritten: 0,
      bitrateKbps: 18000,
      encoderKbps: 16_000,
      hostLatency: { mean: 4.4, p50: 4.2, p95: 6.1, p99: 7.9, max: 9.123 },
      videoPackets: 2000,
      sendMethod: 'sendmmsg',
      sendBuffer: 212_992,
      threads: { capture: 'normal', encode: 'normal', send: 'realtime', audio: 'nice' },
    });
    const unmeasured = STATISTIC_NAMES.filter((name) => !(name in session.figures));
    const absent = ['capture', 'convert', 'encode', 'packetize', 'send', 'spread'];
    expect(unmeasured).toEqual(expect.arrayContaining(absent));
    expect(session.client).toEqual({
      lossPercentage: 1.23,
      damagedBlocks: 20,
      recoveredBlocks: 19,
      recoveredFrames: 18,
      recoveredPackets: 23,
      framesLost: 1,
      keyframeRequests: 0,
      invalidationRequests: 1,
    });
    expect(session.adaptation).toEqual(streaming.adaptation);
    // The host's own clock, told as a time of day.
    expect(session.events).toEqual([
      { kind: 'keyframe-requested', at: Math.round(performance.timeOrigin + 1000) },
    ]);
    const { id, device, app, address, startedAt, mediaRestarts, events, notices } = streaming;
    admin.sessions.set([
      { id, state: 'launching', device, app, address, startedAt, mediaRestarts, events, notices },
    ]);
    const [launching] = (await own('GET', '/api/v1/sessions')).json.sessions;
    expect(launching.figures).toEqual({});
    for (const key of ['video', 'audio', 'encoder', 'roundTripMs', 'client', 'adaptation'])
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
