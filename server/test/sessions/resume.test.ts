import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { AREA, DESKTOP, GAME, PATTERN, PHONE, request, TABLET, TV } from './cast.ts';
import { house, refusal } from './house.ts';

const GRACEFUL = 0x80030023;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a client that vanishes', () => {
  it('leaves its app running and the host busy for it; resume brings new keys and a new mode', async () => {
    const { sessions, control, pictures, sound, runner, stream, state } = house();
    await sessions.launch(request(TV, { playOnHost: true }), GAME);
    const first = await stream(TV);
    control.emit('disconnected', first.number, 'timed-out');
    expect(state(TV)).toBe('paused');
    expect(first.viewer.closed).toBe(true);
    await vi.advanceTimersByTimeAsync(0);
    expect(sound.closed).toBe(1);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(sessions.currentGame(TV.fingerprint)).toBe(GAME.gameId);
    expect(sessions.currentGame(PHONE.fingerprint)).toBe(0);

    const older = request(TV);
    Reflect.deleteProperty(older, 'playOnHost');
    await sessions.resume(older, undefined);
    const second = await stream(TV, { 'x-nv-video[0].clientViewportWd': 3840 });
    expect(state(TV)).toBe('streaming');
    expect(second.number).not.toBe(first.number);
    expect(second.viewer.request.video.key).toBe(older.key);
    expect(second.viewer.picture.width).toBe(3840);
    // Older clients do not repeat the wish on resume.
    expect(sound.wishes.map((wish) => wish.playOnHost)).toEqual([true, true]);
    expect(runner.runs).toHaveLength(1);
    expect(runner.runs[0]!.stops).toBe(0);
    expect(pictures.viewers).toHaveLength(2);
    expect(sessions.list()[0]!.id).toBe(1);
  });

  it('a resume that never connects goes back to paused', async () => {
    const { sessions, control, runner, stream, state } = house();
    await sessions.launch(request(TV), GAME);
    const { number } = await stream(TV);
    control.emit('disconnected', number, 'client-left');
    await sessions.resume(request(TV), GAME.gameId);
    expect(state(TV)).toBe('handshake');
    await vi.advanceTimersByTimeAsync(10_100);
    expect(state(TV)).toBe('paused');
    expect(runner.runs[0]!.stops).toBe(0);
  });

  it('late words of an old connection do not touch the new one', async () => {
    const { sessions, control, stream, state } = house();
    await sessions.launch(request(TV), GAME);
    const first = await stream(TV);
    await sessions.resume(request(TV), undefined);
    const second = await stream(TV);
    control.emit('disconnected', first.number, 'timed-out');
    first.viewer.listener.fault('late');
    expect(state(TV)).toBe('streaming');
    expect(second.viewer.closed).toBe(false);
  });
});

describe('take-over', () => {
  it.each(['launch', 'resume'] as const)(
    'a %s by the same device replaces its live stream at once',
    async (how) => {
      const { sessions, control, runner, stream, state, handshake } = house();
      await sessions.launch(request(TV), GAME);
      const first = await stream(TV);
      if (how === 'launch') await sessions.launch(request(TV), GAME);
      else await sessions.resume(request(TV), GAME.gameId);
      expect(control.ended).toEqual([[first.number, GRACEFUL]]);
      expect(first.viewer.closed).toBe(true);
      expect(handshake(TV).launch).not.toBe(first.number);
      await stream(TV);
      expect(state(TV)).toBe('streaming');
      expect(sessions.list()).toHaveLength(1);
      expect(runner.runs).toHaveLength(1);
    },
  );
});

describe('resume', () => {
  it('without an app is refused with 503', async () => {
    const { sessions } = house();
    expect(await refusal(sessions.resume(request(TV), undefined))).toMatchObject({ status: 503 });
    expect(await refusal(sessions.resume(request(TV), 11))).toMatchObject({ status: 503 });
  });

  it('of another app than the device’s own is refused', async () => {
    const { sessions } = house();
    await sessions.launch(request(TV), GAME);
    expect(await refusal(sessions.resume(request(TV), PATTERN.gameId))).toMatchObject({
      status: 400,
    });
  });

  it('knows an app whose id changed with its art', async () => {
    const { sessions, apps } = house();
    await sessions.launch(request(TV), GAME);
    apps.set('game', { ...GAME, gameId: 77 });
    expect(sessions.currentGame(TV.fingerprint)).toBe(77);
    await sessions.resume(request(TV), 77);
  });
});

describe('a desktop that is away for now', () => {
  const AWAY = 'The X display ":7" cannot be opened.';
  const DESKTOP_OF_OLD = { kind: 'x11', display: ':7', screen: 'DP-1', cursor: true } as const;

  function movableHouse() {
    const all = house();
    all.displays.source = DESKTOP_OF_OLD;
    return all;
  }

  it('is waited for by who resumes an app on it or joins, not by a new launch', async () => {
    const { sessions, control, displays, stream, state } = movableHouse();
    await sessions.launch(request(TV), GAME);
    const first = await stream(TV);
    expect(first.viewer.picture.awaitSource).toBeUndefined();
    displays.failure = AWAY;
    await sessions.launch(request(PHONE), GAME);
    const joined = await stream(PHONE);
    expect(joined.viewer.picture).toEqual({ ...first.viewer.picture, awaitSource: true });
    control.emit('disconnected', first.number, 'timed-out');
    await sessions.resume(request(TV), undefined);
    const resumed = await stream(TV);
    expect(resumed.viewer.picture).toMatchObject({ source: DESKTOP_OF_OLD, awaitSource: true });
    expect(control.configured.at(-1)![1].input).toMatchObject({ x11Display: ':7', source: AREA });
    expect([state(TV), state(PHONE)]).toEqual(['streaming', 'streaming']);

    expect(await refusal(sessions.launch(request(TABLET), DESKTOP))).toMatchObject({
      status: 503,
      message: AWAY,
    });
  });

  it('is taken as it is once it is back', async () => {
    const { sessions, displays, stream } = movableHouse();
    await sessions.launch(request(TV), GAME);
    await stream(TV);
    displays.failure = AWAY;
    await sessions.launch(request(PHONE), GAME);
    await stream(PHONE);
    displays.failure = undefined;
    displays.source = { ...DESKTOP_OF_OLD, screen: 'DP-2' };
    await sessions.launch(request(PHONE), GAME);
    const { viewer } = await stream(PHONE);
    expect(viewer.picture.source).toEqual({ ...DESKTOP_OF_OLD, screen: 'DP-2' });
    expect(viewer.picture.awaitSource).toBeUndefined();
  });

  it('is given back once, after its app and before preparation is undone', async () => {
    const { sessions, displays, runner, stream } = movableHouse();
    await sessions.launch(request(TV), GAME);
    await stream(TV);
    await sessions.launch(request(PHONE), GAME);
    expect(displays.wishes).toEqual([
      {
        kind: 'desktop',
        channels: 2,
        hasCommand: false,
        width: 1920,
        height: 1080,
        rateNumerator: 60,
        rateDenominator: 1,
        device: TV.fingerprint,
        deviceName: 'TV',
      },
    ]);
    await sessions.cancel(PHONE.fingerprint);
    expect(displays.opened[0]!.closed).toBe(0);
    await sessions.cancel(TV.fingerprint);
    expect(runner.runs[0]!.stops).toBe(1);
    expect(displays.opened[0]!.closed).toBe(1);
  });
});

describe('a second device', () => {
  it.each(['launch', 'resume'] as const)(
    'joins the running app by %s; its quit ends its own view, the launcher’s quit the app',
    async (how) => {
      const { sessions, runner, control, stream, state } = house();
      await sessions.launch(request(TV), GAME);
      const tv = await stream(TV);
      if (how === 'launch') await sessions.launch(request(PHONE), GAME);
      else await sessions.resume(request(PHONE), undefined);
      const phone = await stream(PHONE);
      expect(runner.runs).toHaveLength(1);
      expect(phone.viewer.picture).toEqual(tv.viewer.picture);
      expect(sessions.currentGame(PHONE.fingerprint)).toBe(GAME.gameId);

      await sessions.cancel(PHONE.fingerprint);
      expect(phone.viewer.closed).toBe(true);
      expect(state(TV)).toBe('streaming');
      expect(runner.runs[0]!.stops).toBe(0);
      expect(sessions.currentGame(PHONE.fingerprint)).toBe(0);

      await sessions.resume(request(PHONE), GAME.gameId);
      const again = await stream(PHONE);
      await sessions.cancel(TV.fingerprint);
      expect(runner.runs[0]!.stops).toBe(1);
      expect(sessions.list()).toEqual([]);
      expect(control.ended).toContainEqual([again.number, GRACEFUL]);
    },
  );

  it('is told when it quits that the app goes on for the device that launched it and is away', async () => {
    const { sessions, runner, control, stream, state } = house();
    await sessions.launch(request(TV), GAME);
    const tv = await stream(TV);
    await sessions.resume(request(PHONE), undefined);
    await stream(PHONE);
    control.emit('disconnected', tv.number, 'client-left');
    expect(state(TV)).toBe('paused');
    expect(await sessions.cancel(PHONE.fingerprint)).toEqual({ title: GAME.title, owner: TV.name });
    expect([state(TV), state(PHONE)]).toEqual(['paused', undefined]);
    expect(runner.runs[0]!.stops).toBe(0);
    // Its own quit ends it, and leaves nothing.
    expect(await sessions.cancel(TV.fingerprint)).toBeUndefined();
    expect(runner.runs[0]!.stops).toBe(1);
  });

  it('ends the app of a device that is away when its owner permits that, and not while it is there', async () => {
    const { sessions, runner, devices, control, stream, state } = house();
    devices.known.set(PHONE.fingerprint, { ...PHONE, endApps: true });
    await sessions.launch(request(TV), GAME);
    const tv = await stream(TV);
    await sessions.resume(request(PHONE), undefined);
    await stream(PHONE);
    expect(await sessions.cancel(PHONE.fingerprint)).toBeUndefined();
    expect([state(TV), state(PHONE)]).toEqual(['streaming', undefined]);
    await sessions.resume(request(PHONE), undefined);
    await stream(PHONE);
    control.emit('disconnected', tv.number, 'client-left');
    expect(await sessions.cancel(PHONE.fingerprint)).toBeUndefined();
    expect(sessions.list()).toEqual([]);
    expect(runner.runs[0]!.stops).toBe(1);
    expect(sessions.currentGame(TV.fingerprint)).toBe(0);
  });

  it('may stream another app at the same time', async () => {
    const { sessions, stream, state } = house();
    await sessions.launch(request(TV), DESKTOP);
    await stream(TV);
    await sessions.launch(request(PHONE), PATTERN);
    await stream(PHONE);
    expect([state(TV), state(PHONE)]).toEqual(['streaming', 'streaming']);
    expect(sessions.currentGame(TV.fingerprint)).toBe(DESKTOP.gameId);
    expect(sessions.currentGame(PHONE.fingerprint)).toBe(PATTERN.gameId);
    expect(sessions.currentGame(undefined)).toBe(0);
  });

  it('inherits an app whose launcher never came', async () => {
    const { sessions, runner, stream, state } = house();
    await sessions.launch(request(TV), GAME);
    await sessions.resume(request(PHONE), GAME.gameId);
    await stream(PHONE);
    await vi.advanceTimersByTimeAsync(10_100);
    expect([state(TV), state(PHONE)]).toEqual([undefined, 'streaming']);
    await sessions.cancel(PHONE.fingerprint);
    expect(runner.runs[0]!.stops).toBe(1);
  });
});
