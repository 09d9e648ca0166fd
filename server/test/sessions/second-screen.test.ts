import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { App } from '../../src/apps/apps.ts';
import { appFor } from '../../src/sessions/app-run.ts';
import { GAME, gate, PHONE, request, SECOND, TV } from './cast.ts';
import { house, refusal } from './house.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const OWN_GAME: App = { ...GAME, source: 'own', command: ['game'] };

it('whose device may give no input says so', async () => {
  const { sessions, devices } = house();
  devices.known.set(TV.fingerprint, { ...TV, input: false, controllers: false });
  await sessions.launch(request(TV), SECOND);
  expect(sessions.list()[0]?.notices).toEqual([expect.stringContaining('do nothing')]);
});

describe('a second screen', () => {
  it("is made for each device that launches it, with the device's own mode, and goes with it", async () => {
    const { sessions, displays, stream, state } = house();
    await sessions.launch(request(TV, { width: 1366, height: 768, fps: 59.94 }), SECOND);
    await stream(TV);
    await sessions.launch(request(PHONE, { width: 2400, height: 1080, fps: 120 }), SECOND);
    await stream(PHONE);
    expect(displays.wishes).toMatchObject([
      {
        kind: 'own',
        width: 1366,
        height: 768,
        rateNumerator: 60_000,
        rateDenominator: 1001,
        device: TV.fingerprint,
      },
      { kind: 'own', width: 2400, height: 1080, device: PHONE.fingerprint, deviceName: 'Phone' },
    ]);
    await sessions.cancel(TV.fingerprint);
    expect(displays.opened.map(({ closed }) => closed)).toEqual([1, 0]);
    expect([state(TV), state(PHONE)]).toEqual([undefined, 'streaming']);
  });

  it('has the mode that its owner says, while the stream keeps the size that the device asks for', async () => {
    const { sessions, devices, displays, stream } = house();
    const mode = { width: 1366, height: 768, framesPerSecond: 50 };
    devices.known.set(TV.fingerprint, { ...TV, limits: { mode } });
    await sessions.launch(request(TV, { width: 3840, height: 2160, fps: 120 }), SECOND);
    const { viewer } = await stream(TV);
    expect(displays.wishes).toMatchObject([
      { width: 1366, height: 768, rateNumerator: 50, rateDenominator: 1 },
    ]);
    // What ANNOUNCE speaks of in these tests.
    expect(viewer.picture).toMatchObject({ width: 1280, height: 720, rateNumerator: 60 });
    // Its own rate where none is said.
    devices.known.set(PHONE.fingerprint, {
      ...PHONE,
      limits: { mode: { width: 800, height: 600 } },
    });
    await sessions.launch(request(PHONE, { width: 2400, height: 1080, fps: 120 }), SECOND);
    expect(displays.wishes.at(-1)).toMatchObject({ width: 800, height: 600, rateNumerator: 120 });
  });

  it('is prepared for as the device wants it, before its app, and not where nothing is started', () => {
    const own = [{ run: ['lamp', 'on'], undo: ['lamp', 'off'] }];
    const theirs = [{ run: ['game-profile'] }];
    const device = { ...TV, limits: { preparation: own } };
    const app: App = { ...OWN_GAME, preparation: theirs };
    expect(appFor(app, device).preparation).toEqual([...own, ...theirs]);
    expect(appFor({ ...app, source: 'host-sleep' }, device).preparation).toEqual(theirs);
    expect(appFor(app, TV)).toBe(app);
  });

  it('takes input, as the desktop that it is part of does', async () => {
    const { sessions, control, stream } = house();
    await sessions.launch(request(TV), SECOND);
    await stream(TV);
    const [, { input }] = control.configured.at(-1)!;
    expect(input.backend).toBe('xtest');
    expect(sessions.list()[0]?.notices).toEqual([]);
  });

  it('is shown to nobody else: what another device resumes is not it', async () => {
    const { sessions, stream } = house();
    await sessions.launch(request(TV), SECOND);
    await stream(TV);
    const { message } = await refusal(sessions.resume(request(PHONE), SECOND.gameId));
    expect(message).toBe('No app is running that could be resumed.');
    await sessions.resume(request(TV), SECOND.gameId);
  });

  it("waits for its own device's former one alone to be taken back", async () => {
    const { sessions, runner, stream } = house();
    await sessions.launch(request(TV), SECOND);
    await stream(TV);
    const stopped = gate();
    runner.runs[0]!.stopping = stopped.promise;
    const cancelled = sessions.cancel(TV.fingerprint);
    await sessions.launch(request(PHONE), SECOND);
    const again = sessions.launch(request(TV), SECOND);
    await vi.advanceTimersByTimeAsync(100);
    expect(runner.prepared).toHaveLength(2);
    stopped.resolve();
    await Promise.all([cancelled, again]);
    expect(runner.prepared).toHaveLength(3);
  });
});

it("an app with a command runs once, on its first device's screen, and others watch it", async () => {
  const { sessions, displays, runner, stream } = house();
  await sessions.launch(request(TV), OWN_GAME);
  await stream(TV);
  await sessions.launch(request(PHONE), OWN_GAME);
  expect(runner.runs).toHaveLength(1);
  expect(displays.wishes).toMatchObject([{ kind: 'own', device: TV.fingerprint }]);
});
