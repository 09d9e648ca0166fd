import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { LaunchRefused } from '../../src/gamestream/launches.ts';
import {
  config,
  DESKTOP,
  TABLET,
  GAME,
  gate,
  house,
  PATTERN,
  PHONE,
  request,
  TV,
} from './parts.ts';

const GRACEFUL = 0x80030023;
const ENCODING_FAILED = 0x800e9403;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const refusal = async (launch: Promise<string>): Promise<LaunchRefused> =>
  launch.then(
    () => {
      throw new Error('not refused');
    },
    (error: LaunchRefused) => error,
  );

describe('a launch', () => {
  it('answers the URL, tells the control plane whom to expect, and is seen by RTSP', async () => {
    const { sessions, control, runner, pictures, handshake, state } = house();
    const launch = request(TV);
    expect(await sessions.launch(launch, DESKTOP)).toBe('rtspenc://192.0.2.1:48010');
    expect(runner.contexts).toEqual([{ width: 1920, height: 1080, fps: 60, clientName: 'TV' }]);
    const record = handshake(TV);
    expect(control.expected).toEqual([
      {
        session: record.session,
        key: launch.key,
        connectData: record.connectData,
        pingPayload: record.pingPayload,
        address: '192.0.2.7',
        clientName: 'TV',
      },
    ]);
    expect(record.pingPayload).toMatch(/^[0-9A-F]{16}$/);
    expect(record).toMatchObject({ encrypted: true, codecModes: 0x40001, invalidation: true });
    expect(sessions.handshakes('192.0.2.8')).toEqual([]);
    expect(pictures.prepared).toBe(1);
    expect(state(TV)).toBe('handshake');
  });

  it('writes IPv6 in brackets, without zone, and rtsp:// for old clients', async () => {
    const { sessions } = house();
    expect(await sessions.launch(request(TV, { localAddress: 'fe80::1%eth0' }), DESKTOP)).toBe(
      'rtspenc://[fe80::1]:48010',
    );
    expect(await sessions.launch(request(PHONE, { encryptedRtsp: false }), DESKTOP)).toBe(
      'rtsp://192.0.2.1:48010',
    );
  });

  it('refuses a key that was used before, also on resume', async () => {
    const { sessions } = house();
    const first = request(TV);
    await sessions.launch(first, DESKTOP);
    expect(
      await refusal(sessions.launch(request(PHONE, { key: first.key }), PATTERN)),
    ).toMatchObject({ status: 400 });
    expect(await refusal(sessions.resume({ ...first }, undefined))).toMatchObject({ status: 400 });
    expect(sessions.list()).toHaveLength(1);
  });

  it('is refused with the sentence of what failed, and leaves the host free', async () => {
    const { sessions, runner } = house();
    runner.failure = 'The preparation command /bin/false failed.';
    expect(await refusal(sessions.launch(request(TV), GAME))).toMatchObject({
      status: 503,
      message: 'The preparation command /bin/false failed.',
    });
    expect(sessions.currentGame(TV.fingerprint)).toBe(0);
    expect(sessions.list()).toEqual([]);
    runner.failure = undefined;
    await sessions.launch(request(TV), GAME);
  });

  it('of a desktop that is not there is refused', async () => {
    const { sessions, runner } = house({
      desktop: () => {
        throw new Error('The X display :7 cannot be opened.');
      },
    });
    expect(await refusal(sessions.launch(request(TV), DESKTOP))).toMatchObject({
      status: 503,
      message: 'The X display :7 cannot be opened.',
    });
    expect(runner.contexts).toEqual([]);
    await sessions.launch(request(TV), PATTERN);
  });

  it('without encryption is refused where encryption is demanded', async () => {
    const { sessions } = house({ requireEncryption: () => true });
    expect(
      await refusal(sessions.launch(request(TV, { encryptedRtsp: false }), DESKTOP)),
    ).toMatchObject({ status: 403 });
  });

  it('is gone after 10 s without progress, with its app', async () => {
    const { sessions, control, runner } = house();
    await sessions.launch(request(TV), DESKTOP);
    await vi.advanceTimersByTimeAsync(9_900);
    expect(sessions.currentGame(TV.fingerprint)).toBe(DESKTOP.gameId);
    await vi.advanceTimersByTimeAsync(200);
    expect(sessions.currentGame(TV.fingerprint)).toBe(0);
    expect(sessions.handshakes('192.0.2.7')).toEqual([]);
    expect(control.ended).toEqual([[1, undefined]]);
    expect(runner.runs[0]!.stops).toBe(1);
  });

  it('lives on while RTSP progresses, and until its client connects', async () => {
    const { handshake, sessions, state } = house();
    await sessions.launch(request(TV), DESKTOP);
    for (let step = 0; step < 5; step += 1) {
      await vi.advanceTimersByTimeAsync(9_000);
      handshake(TV).progress();
    }
    handshake(TV).announce(config());
    await vi.advanceTimersByTimeAsync(9_000);
    await handshake(TV).play();
    expect(state(TV)).toBe('starting');
    await vi.advanceTimersByTimeAsync(9_900);
    expect(state(TV)).toBe('starting');
    await vi.advanceTimersByTimeAsync(200);
    expect(state(TV)).toBeUndefined();
  });

  it('waits for its app however long that takes', async () => {
    const { sessions, runner, state } = house();
    const opened = gate();
    runner.gate = opened.promise;
    const launched = sessions.launch(request(TV), GAME);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(state(TV)).toBe('launching');
    expect(sessions.currentGame(TV.fingerprint)).toBe(GAME.gameId);
    expect(sessions.handshakes('192.0.2.7')).toEqual([]);
    opened.resolve();
    await launched;
    expect(state(TV)).toBe('handshake');
  });

  it('that is cancelled while its app starts stops the app as soon as it runs', async () => {
    const { sessions, runner } = house();
    const opened = gate();
    runner.gate = opened.promise;
    const launched = refusal(sessions.launch(request(TV), GAME));
    await vi.advanceTimersByTimeAsync(100);
    const cancelled = sessions.cancel(TV.fingerprint);
    expect(sessions.currentGame(TV.fingerprint)).toBe(0);
    opened.resolve();
    await cancelled;
    expect(runner.runs[0]!.stops).toBe(1);
    expect((await launched).status).toBe(503);
  });

  it('of an app that ends at once says so', async () => {
    const { sessions, runner } = house();
    runner.endsAtOnce = true;
    expect(await refusal(sessions.launch(request(TV), GAME))).toMatchObject({
      status: 503,
      message: `"${GAME.title}" ended before the stream began; see its command among the apps.`,
    });
    expect(sessions.list()).toEqual([]);
    expect(sessions.currentGame(TV.fingerprint)).toBe(0);
  });

  it('that is repeated while its app starts replaces the first', async () => {
    const { sessions, runner, control } = house();
    const opened = gate();
    runner.gate = opened.promise;
    const first = refusal(sessions.launch(request(TV), GAME));
    const second = sessions.launch(request(TV), GAME);
    opened.resolve();
    expect((await first).status).toBe(503);
    expect(await second).toMatch(/^rtspenc/);
    expect(runner.contexts).toHaveLength(1);
    expect(control.expected).toHaveLength(1);
  });

  it('of another app replaces one whose client never came, but not a running one', async () => {
    const { sessions, runner, stream } = house();
    await sessions.launch(request(TV), GAME);
    await sessions.launch(request(TV), PATTERN);
    expect(runner.runs[0]!.stops).toBe(1);
    expect(sessions.currentGame(TV.fingerprint)).toBe(PATTERN.gameId);
    await stream(TV);
    expect(await refusal(sessions.launch(request(TV), GAME))).toMatchObject({
      status: 400,
      message: 'Test pattern is still running for this device; quit it first.',
    });
    expect(sessions.currentGame(TV.fingerprint)).toBe(PATTERN.gameId);
  });
});

describe('from ANNOUNCE to the picture', () => {
  it('control, sound and picture get what was negotiated', async () => {
    const { sessions, control, pictures, sound, handshake, stream, state } = house();
    const launch = request(TV);
    await sessions.launch(launch, DESKTOP);
    const endpoint = { address: '192.0.2.7', port: 1, localAddress: '192.0.2.1', localPort: 2 };
    const { session } = handshake(TV);
    control.emit('endpoint', session, 'audio', endpoint);
    const { number, viewer } = await stream(TV);
    control.emit('endpoint', number, 'video', endpoint);
    control.emit('keyframeRequested', number);
    control.emit('invalidationRequested', number, 4, 6);
    control.emit('keyframeRequested', number + 1);
    expect(state(TV)).toBe('streaming');
    expect(control.configured).toEqual([
      [
        number,
        {
          v2: true,
          honoursPingPayload: true,
          sendsFecStatus: true,
          input: {
            backend: 'xtest',
            x11Display: ':7',
            area: { x: 10, y: 20, width: 2560, height: 1440 },
            width: 1280,
            height: 720,
            sourceWidth: 2560,
            sourceHeight: 1440,
          },
        },
      ],
    ]);
    expect(sound.wishes).toEqual([{ channels: 2, playOnHost: false }]);
    expect(viewer.picture).toEqual({
      source: { kind: 'x11', display: ':7', cursor: true },
      width: 1280,
      height: 720,
      rateNumerator: 60,
      rateDenominator: 1,
    });
    expect(viewer.request).toMatchObject({
      viewer: number,
      video: { codec: 'h264', fecPercentage: 20, key: launch.key },
      audio: {
        channels: 2,
        key: launch.key,
        keyId: 0xfffffff0,
        source: { kind: 'sink', name: 'sink' },
      },
    });
    // 10000 less 20 % = 8000; less sound min(192, 1600) = 7808; less min(500, 780.8) = 7308
    expect(viewer.request.video.bitrateKbps).toBe(7308);
    expect(viewer.orders).toEqual([
      ['endpoint', 'audio', endpoint],
      ['endpoint', 'video', endpoint],
      ['keyframe'],
      ['invalidate', 4, 6],
    ]);
    expect(pictures.viewers).toHaveLength(1);
    expect(sessions.handshakes('192.0.2.7')).toEqual([]);
  });

  it('the test pattern is silent and takes no input', async () => {
    const { sessions, control, sound, stream } = house();
    await sessions.launch(request(TV), PATTERN);
    const { viewer } = await stream(TV, { 'x-ss-general.encryptionEnabled': 0 });
    expect(sound.wishes).toEqual([]);
    expect(viewer.picture.source).toEqual({ kind: 'test-pattern' });
    expect(viewer.request.audio.source).toEqual({ kind: 'silence' });
    expect(viewer.request.video.key).toBeUndefined();
    expect(viewer.request.audio.key).toBeUndefined();
    expect(control.configured[0]![1].input).toEqual({ backend: 'none', width: 1280, height: 720 });
  });

  it('the client may connect before or after the first frame', async () => {
    const { sessions, control, pictures, handshake, state } = house();
    await sessions.launch(request(TV), DESKTOP);
    const record = handshake(TV);
    record.announce(config());
    await record.play();
    pictures.viewers[0]!.listener.viewing();
    expect(state(TV)).toBe('starting');
    control.emit('connected', record.session, '192.0.2.7');
    expect(state(TV)).toBe('streaming');
  });

  it('PLAY before ANNOUNCE, or of a launch that is over, changes nothing', async () => {
    const { sessions, handshake, pictures } = house();
    await sessions.launch(request(TV), DESKTOP);
    const record = handshake(TV);
    await expect(record.play()).rejects.toThrow();
    await sessions.cancel(TV.fingerprint);
    expect(() => record.announce(config())).toThrow('This launch is over');
    await expect(record.play()).rejects.toThrow('This launch is over');
    expect(pictures.viewers).toEqual([]);
  });

  it('no room in the picture ends the launch', async () => {
    const { sessions, pictures, handshake } = house();
    pictures.full = true;
    await sessions.launch(request(TV), DESKTOP);
    handshake(TV).announce(config());
    await expect(handshake(TV).play()).rejects.toThrow('Too many devices');
    expect(sessions.currentGame(TV.fingerprint)).toBe(0);
  });

  it('shows state, statistics, round trip, restarts and notices', async () => {
    const { sessions, control, sound, stream } = house();
    sound.notice = 'The stream is silent: no audio server answers.';
    await sessions.launch(request(TV), DESKTOP);
    const { number, viewer } = await stream(TV);
    viewer.listener.restarted();
    viewer.listener.statistics({ viewer: number, framesNew: 60 } as never);
    control.emit('roundTrip', number, 4, 1);
    control.emit('notice', number, 'input', 'No pads: /dev/uinput is not permitted.');
    control.emit('notice', number, 'input', 'No pads: /dev/uinput is not permitted.');
    expect(sessions.list()).toEqual([
      {
        id: 1,
        state: 'streaming',
        device: { fingerprint: TV.fingerprint, name: 'TV' },
        app: { id: 'desktop', title: 'Desktop' },
        address: '192.0.2.7',
        startedAt: expect.any(Number),
        config: config(),
        encoder: 'x264',
        statistics: { viewer: number, framesNew: 60 },
        roundTrip: 4,
        mediaRestarts: 1,
        notices: [
          'The stream is silent: no audio server answers.',
          'No pads: /dev/uinput is not permitted.',
        ],
      },
    ]);
  });
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
      expect(handshake(TV).session).not.toBe(first.number);
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

describe('unencrypted RTSP from one address', () => {
  const plain = { encryptedRtsp: false, remoteAddress: '192.0.2.99' };

  it('a second device waits until the first is through', async () => {
    const { sessions, control, pictures } = house();
    await sessions.launch(request(TV, plain), PATTERN);
    let answered = false;
    const second = sessions.launch(request(PHONE, plain), DESKTOP).then(() => {
      answered = true;
    });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(answered).toBe(false);
    const [record] = sessions.handshakes('192.0.2.99');
    record!.announce(config());
    await record!.play();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(answered).toBe(false);
    control.emit('connected', record!.session, '192.0.2.99');
    await second;
    expect(sessions.handshakes('192.0.2.99').map((one) => one.fingerprint)).toEqual([
      PHONE.fingerprint,
    ]);
    expect(pictures.viewers).toHaveLength(1);
  });

  it('at most 10 s, also while the first one’s app starts', async () => {
    const { sessions, runner } = house();
    const opened = gate();
    runner.gate = opened.promise;
    const first = sessions.launch(request(TV, plain), GAME);
    const second = refusal(sessions.launch(request(PHONE, plain), DESKTOP));
    const third = refusal(sessions.launch(request(TABLET, plain), DESKTOP));
    await vi.advanceTimersByTimeAsync(10_100);
    expect((await second).status).toBe(503);
    expect((await third).status).toBe(503);
    opened.resolve();
    await first;
    expect(sessions.list()).toHaveLength(1);
  });

  it('whoever is switched off while it waits does not stream', async () => {
    const { sessions, devices } = house();
    await sessions.launch(request(TV, plain), PATTERN);
    const second = refusal(sessions.launch(request(PHONE, plain), DESKTOP));
    devices.known.set(PHONE.fingerprint, { ...PHONE, enabled: false });
    devices.emit('revoked', PHONE.fingerprint);
    await sessions.cancel(TV.fingerprint);
    expect((await second).status).toBe(403);
    expect(sessions.list()).toEqual([]);
  });

  it('the same device replaces its own, and an encrypted launch needs no turn', async () => {
    const { sessions } = house();
    await sessions.launch(request(TV, plain), PATTERN);
    const [first] = sessions.handshakes('192.0.2.99');
    await sessions.launch(request(TV, plain), PATTERN);
    const [second, ...others] = sessions.handshakes('192.0.2.99');
    expect(others).toEqual([]);
    expect(second!.session).toBeGreaterThan(first!.session);
    await sessions.launch(request(PHONE, { ...plain, encryptedRtsp: true }), DESKTOP);
    expect(sessions.handshakes('192.0.2.99').map((one) => one.encrypted)).toEqual([true, false]);
  });
});

describe('ends', () => {
  it('an app that ends by itself ends every view gracefully and runs its undo', async () => {
    const { sessions, control, runner, stream } = house();
    await sessions.launch(request(TV), GAME);
    const tv = await stream(TV);
    await sessions.resume(request(PHONE), GAME.gameId);
    const phone = await stream(PHONE);
    runner.runs[0]!.endByItself();
    await vi.advanceTimersByTimeAsync(0);
    expect(control.ended).toEqual([
      [tv.number, GRACEFUL],
      [phone.number, GRACEFUL],
    ]);
    expect(runner.runs[0]!.stops).toBe(1);
    expect(sessions.list()).toEqual([]);
  });

  it('a paused session ends with its app', async () => {
    const { sessions, control, runner, stream } = house();
    await sessions.launch(request(TV), GAME);
    const { number } = await stream(TV);
    control.emit('disconnected', number, 'client-left');
    runner.runs[0]!.endByItself();
    await vi.advanceTimersByTimeAsync(0);
    expect(sessions.currentGame(TV.fingerprint)).toBe(0);
  });

  it('a device that is disabled or removed is gone at once', async () => {
    const { sessions, devices, control, runner, stream, state } = house();
    await sessions.launch(request(TV), GAME);
    await stream(TV);
    await sessions.resume(request(PHONE), GAME.gameId);
    const phone = await stream(PHONE);
    devices.emit('revoked', PHONE.fingerprint);
    expect([state(TV), state(PHONE)]).toEqual(['streaming', undefined]);
    expect(control.ended).toEqual([[phone.number, GRACEFUL]]);
    devices.emit('revoked', TV.fingerprint);
    expect(sessions.list()).toEqual([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(runner.runs[0]!.stops).toBe(1);
    await sessions.launch(request(PHONE), PATTERN);
    devices.emit('revoked', PHONE.fingerprint);
    expect(sessions.handshakes('192.0.2.8')).toEqual([]);
  });

  it('the owner ends one by its id', async () => {
    const { sessions, control, stream } = house();
    await sessions.launch(request(TV), PATTERN);
    const { number } = await stream(TV);
    await sessions.end(99, 'owner');
    await sessions.end(1, 'owner');
    await sessions.end(1, 'owner');
    expect(control.ended).toEqual([[number, GRACEFUL]]);
    expect(sessions.list()).toEqual([]);
  });

  it('cancel answers when the app has ended, and a launch of the same app waits for that', async () => {
    const { sessions, runner, stream } = house();
    await sessions.launch(request(TV), GAME);
    await stream(TV);
    const stopped = gate();
    runner.runs[0]!.stopping = stopped.promise;
    let cancelled = false;
    const cancel = sessions.cancel(TV.fingerprint).then(() => {
      cancelled = true;
    });
    const launch = sessions.launch(request(TV), GAME);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(cancelled).toBe(false);
    expect(runner.contexts).toHaveLength(1);
    stopped.resolve();
    await cancel;
    await launch;
    expect(runner.runs).toHaveLength(2);
    await sessions.cancel(PHONE.fingerprint);
  });

  it('the host that stops ends all and takes no launch any more', async () => {
    const { sessions, control, runner, stream } = house();
    await sessions.launch(request(TV), GAME);
    const tv = await stream(TV);
    await sessions.launch(request(PHONE), PATTERN);
    await sessions.close();
    await sessions.close();
    expect(control.ended).toContainEqual([tv.number, GRACEFUL]);
    expect(runner.runs.map((run) => run.stops)).toEqual([1, 1]);
    expect((await refusal(sessions.launch(request(TV), GAME))).status).toBe(503);
  });
});

describe('faults', () => {
  it('before the first frame end the launch and leave the host free', async () => {
    const { sessions, control, pictures, runner, handshake } = house();
    await sessions.launch(request(TV), GAME);
    const record = handshake(TV);
    record.announce(config());
    await record.play();
    control.emit('connected', record.session, '192.0.2.7');
    pictures.viewers[0]!.listener.fault('The X display :7 cannot be opened.');
    expect(control.ended).toEqual([[record.session, ENCODING_FAILED]]);
    expect(sessions.currentGame(TV.fingerprint)).toBe(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(runner.runs[0]!.stops).toBe(1);
  });

  it('later keep the app, say why, and can be resumed', async () => {
    const { sessions, control, runner, stream, state } = house();
    await sessions.launch(request(TV), GAME);
    const { number, viewer } = await stream(TV);
    viewer.listener.fault('The media process stopped again and again: ended by SIGSEGV');
    expect(control.ended).toEqual([[number, ENCODING_FAILED]]);
    expect(state(TV)).toBe('paused');
    expect(sessions.list()[0]!.notices).toHaveLength(1);
    expect(runner.runs[0]!.stops).toBe(0);
    await sessions.resume(request(TV), undefined);
    await stream(TV);
    expect(sessions.list()[0]).toMatchObject({ state: 'streaming', notices: [] });
  });

  it('of the control worker pause every stream', async () => {
    const { sessions, control, stream, state } = house();
    await sessions.launch(request(TV), GAME);
    await stream(TV);
    await sessions.launch(request(PHONE), PATTERN);
    control.emit('fault', 'The control worker ended.');
    expect([state(TV), state(PHONE)]).toEqual(['paused', undefined]);
  });
});
