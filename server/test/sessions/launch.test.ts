import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Codec } from '../../src/gamestream/stream-config.ts';
import { config, DESKTOP, TABLET, GAME, gate, PATTERN, PHONE, request, TV } from './cast.ts';
import { house, refusal } from './house.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a launch', () => {
  it('answers the URL, tells the control plane whom to expect, and is seen by RTSP', async () => {
    const { sessions, control, runner, pictures, handshake, state } = house();
    const launch = request(TV);
    expect(await sessions.launch(launch, DESKTOP)).toBe('rtspenc://192.0.2.1:48010');
    expect(runner.contexts).toEqual([{ width: 1920, height: 1080, fps: 60, clientName: 'TV' }]);
    const record = handshake(TV);
    expect(control.expected).toEqual([
      {
        number: record.launch,
        key: launch.key,
        connectData: record.connectData,
        pingPayload: record.pingPayload,
        address: '192.0.2.7',
        clientName: 'TV',
        gamepads: { owner: 1, attached: 1, keep: false },
      },
    ]);
    expect(record.pingPayload).toMatch(/^[0-9A-F]{16}$/);
    expect(record).toMatchObject({ encrypted: true, codecModes: 0x40001, invalidation: true });
    expect(sessions.handshakes('192.0.2.8')).toEqual([]);
    expect(pictures.prepared).toBe(1);
    expect(state(TV)).toBe('handshake');
  });

  it('offers the best codec that device and app may both have', async () => {
    const everything = 0x1f0301;
    const modes = async (deviceCodec?: Codec, appCodec?: Codec) => {
      const { sessions, handshake, apps } = house({ codecModes: () => everything });
      const tv = { ...TV, ...(deviceCodec && { limits: { codec: deviceCodec } }) };
      // As its owner has it by now.
      apps.set(GAME.id, { ...GAME, ...(appCodec && { codec: appCodec }) });
      await sessions.launch(request(tv, { remoteAddress: '192.0.2.7' }), GAME);
      return handshake(TV).codecModes;
    };
    expect(await modes()).toBe(everything);
    expect(await modes(undefined, 'h264')).toBe(0x040001);
    expect(await modes(undefined, 'hevc')).toBe(0x1c0301);
    expect(await modes('h264', 'hevc')).toBe(0x040001);
    expect(await modes('hevc', 'h264')).toBe(0x040001);
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

  it('finds a process warm that waits since its device looked, but none beside a stream', async () => {
    const { sessions, pictures } = house();
    sessions.anticipate();
    expect(pictures.waits).toEqual([180_000]);
    await sessions.launch(request(TV), DESKTOP);
    expect(pictures.waits).toEqual([180_000, undefined]);
    sessions.anticipate();
    expect(pictures.waits).toHaveLength(2);
  });

  it('burns no key when it is refused', async () => {
    const { sessions } = house();
    const first = request(TV);
    expect(await refusal(sessions.resume(first, undefined))).toMatchObject({ status: 503 });
    await sessions.launch(first, DESKTOP);
    const other = request(TV);
    expect(await refusal(sessions.resume(other, PATTERN.gameId))).toMatchObject({ status: 400 });
    await sessions.resume(other, DESKTOP.gameId);
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
    const { sessions, runner, displays } = house();
    displays.failure = 'The X display :7 cannot be opened.';
    expect(await refusal(sessions.launch(request(TV), DESKTOP))).toMatchObject({
      status: 503,
      message: 'The X display :7 cannot be opened.',
    });
    expect(runner.contexts).toEqual([]);
    await sessions.launch(request(TV), PATTERN);
    // It is looked for after its preparation, which may be what makes it.
    expect(runner.prepared).toEqual([DESKTOP.id, PATTERN.id]);
  });

  it('on a host whose encoders could not be tested is refused, and its key may come again', async () => {
    let fault: Error | undefined = new Error('The test of the encoders ended by SIGSEGV.');
    const { sessions } = house({
      encodersKnown: () => (fault ? Promise.reject(fault) : Promise.resolve()),
    });
    const launch = request(TV);
    expect(await refusal(sessions.launch(launch, DESKTOP))).toMatchObject({
      status: 503,
      message: 'The test of the encoders ended by SIGSEGV.',
    });
    fault = undefined;
    await sessions.launch(launch, DESKTOP);
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
    handshake(TV).play();
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
    record!.play();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(answered).toBe(false);
    control.emit('connected', record!.launch, '192.0.2.99');
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
    expect(second!.launch).toBeGreaterThan(first!.launch);
    await sessions.launch(request(PHONE, { ...plain, encryptedRtsp: true }), DESKTOP);
    expect(sessions.handshakes('192.0.2.99').map((one) => one.encrypted)).toEqual([true, false]);
  });
});
