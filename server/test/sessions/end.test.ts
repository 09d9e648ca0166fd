import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { config, DESKTOP, GAME, gate, PATTERN, PHONE, request, TV } from './cast.ts';
import { house, refusal } from './house.ts';

const GRACEFUL = 0x80030023;
const ENCODING_FAILED = 0x800e9403;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
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

  it('cancel answers after 20 s while undo commands go on; the host is free, and a launch waits', async () => {
    const { sessions, runner, stream } = house();
    await sessions.launch(request(TV), GAME);
    await stream(TV);
    const stopped = gate();
    runner.runs[0]!.stopping = stopped.promise;
    let cancelled = false;
    void sessions.cancel(TV.fingerprint).then(() => {
      cancelled = true;
    });
    expect(sessions.currentGame(TV.fingerprint)).toBe(0);
    await vi.advanceTimersByTimeAsync(19_000);
    expect(cancelled).toBe(false);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(cancelled).toBe(true);
    const launch = sessions.launch(request(TV), GAME);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(runner.contexts).toHaveLength(1);
    stopped.resolve();
    await launch;
    expect(runner.runs).toHaveLength(2);
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
    const { sessions, control, pictures, problems, runner, handshake } = house();
    await sessions.launch(request(TV), GAME);
    const record = handshake(TV);
    record.announce(config());
    record.play();
    control.emit('connected', record.launch, '192.0.2.7');
    pictures.viewers[0]!.listener.fault('The X display :7 cannot be opened.');
    expect(control.ended).toEqual([[record.launch, ENCODING_FAILED]]);
    expect(sessions.currentGame(TV.fingerprint)).toBe(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(runner.runs[0]!.stops).toBe(1);
    // Its session is gone, the reason is not.
    expect(problems).toEqual([{ device: 'TV', message: 'The X display :7 cannot be opened.' }]);
  });

  it('of an app that does not start are told too, but not that its launch was cancelled', async () => {
    const { sessions, runner, problems } = house();
    runner.failure = '"Game" could not be started.';
    await refusal(sessions.launch(request(TV), GAME));
    expect(problems).toEqual([{ device: 'TV', message: '"Game" could not be started.' }]);
    const starting = gate();
    runner.gate = starting.promise;
    const launch = refusal(sessions.launch(request(TV), GAME));
    await vi.advanceTimersByTimeAsync(0);
    void sessions.cancel(TV.fingerprint);
    starting.resolve();
    await launch;
    expect(problems).toHaveLength(1);
  });

  it('that a player was refused for are told, each with the sentence that the player got', async () => {
    const { sessions, runner, problems, stream } = house();
    const none = await refusal(sessions.resume(request(TV), undefined));
    await sessions.launch(request(TV), GAME);
    await stream(TV);
    const running = await refusal(sessions.launch(request(TV), DESKTOP));
    await sessions.end(1, 'owner');
    runner.endsAtOnce = true;
    const ended = await refusal(sessions.launch(request(PHONE), GAME));
    expect(ended.message).toContain('ended before the stream began');
    expect(problems).toEqual([
      { device: 'TV', message: none.message },
      { device: 'TV', message: running.message },
      { device: 'Phone', message: ended.message },
    ]);
  });

  it('later keep the app, say why, and can be resumed', async () => {
    const { sessions, control, problems, runner, stream, state } = house();
    await sessions.launch(request(TV), GAME);
    const { number, viewer } = await stream(TV);
    viewer.listener.restarted('ended by SIGSEGV');
    expect(problems[0]!.message).toMatch(/was replaced.*SIGSEGV/);
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
