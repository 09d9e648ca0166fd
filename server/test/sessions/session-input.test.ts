import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Device } from '../../src/devices/devices.ts';
import { AREA, DESKTOP, GAME, gate, PATTERN, PHONE, request, TV } from './cast.ts';
import { house } from './house.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The owner changes what a device may do. */
function permit({ devices }: ReturnType<typeof house>, of: Device, input: boolean): void {
  devices.change(of.fingerprint, { input, controllers: input });
}

const noticesOf = ({ sessions }: ReturnType<typeof house>): readonly string[] =>
  sessions.list().flatMap(({ notices }) => notices);

describe('where input goes', () => {
  it('follows the screen that is captured, however its picture was asked for', async () => {
    const { sessions, control, stream } = house();
    await sessions.launch(request(TV), DESKTOP);
    const { number, viewer } = await stream(TV);
    const moved = { ...AREA, x: 0, width: 1024, height: 768 };
    viewer.listener.sourceArea(moved);
    const target = control.configured[0]![1].input;
    expect(target.source).toEqual(AREA);
    expect(control.aimed).toEqual([[number, { ...target, source: moved }]]);
    await sessions.cancel(TV.fingerprint);
    viewer.listener.sourceArea(AREA);
    expect(control.aimed).toHaveLength(1);
  });

  it('is nowhere for a device that may not, which is shown; and changes at once', async () => {
    const all = house();
    const { sessions, control, stream } = all;
    permit(all, PHONE, false);
    await sessions.launch(request(TV), GAME);
    await stream(TV);
    await sessions.resume(request({ ...PHONE, input: true }), GAME.gameId);
    const { number } = await stream(PHONE);
    expect(control.configured.map(([, { input }]) => input.backend)).toEqual(['xtest', 'none']);
    expect(control.expected[1]!.gamepads).toEqual({ owner: 2, attached: 0, keep: false });
    expect(noticesOf(all)).toEqual([expect.stringContaining('do nothing')]);

    permit(all, PHONE, true);
    permit(all, PHONE, true);
    expect(control.aimed).toEqual([[number, { ...control.configured[0]![1].input }]]);
    expect(noticesOf(all)).toEqual([]);
    permit(all, PHONE, false);
    expect(control.aimed[1]).toMatchObject([number, { backend: 'none', source: AREA }]);
    expect(noticesOf(all)).toHaveLength(1);
  });

  it('is half of it for a device that may use one kind only', async () => {
    const { sessions, devices, control, stream } = house();
    devices.change(PHONE.fingerprint, { input: false });
    await sessions.launch(request(PHONE), GAME);
    const { number } = await stream(PHONE);
    expect(control.configured[0]![1].input).toMatchObject({
      backend: 'xtest',
      refused: { pointerKeyboard: true },
    });
    expect(control.expected[0]!.gamepads).toMatchObject({ attached: 1 });
    devices.change(PHONE.fingerprint, { input: true, controllers: false });
    expect(control.aimed.at(-1)).toMatchObject([
      number,
      { backend: 'xtest', refused: { controllers: true } },
    ]);
  });

  it('is nowhere without a back end, which is said of a desktop and not of the test pattern', async () => {
    const all = house();
    const { sessions, control, displays, stream } = all;
    displays.input = { kind: 'none' };
    await sessions.launch(request(TV), PATTERN);
    await stream(TV);
    expect(noticesOf(all)).toEqual([]);
    await sessions.launch(request(PHONE), DESKTOP);
    await stream(PHONE);
    expect(noticesOf(all)).toEqual([expect.stringContaining('no way to pass them on')]);
    expect(control.gamepads).toEqual([]);
    expect(control.expected.map(({ gamepads }) => gamepads?.attached)).toEqual([0, 0]);
  });
});

describe('the pads of a session', () => {
  it('are there before its app starts, and stay until it ends', async () => {
    const { sessions, control, runner, stream } = house();
    const opened = gate();
    control.gamepadsGate = opened.promise;
    const launch = sessions.launch(request(TV, { gamepads: 5, keepGamepads: true }), GAME);
    await vi.advanceTimersByTimeAsync(100);
    expect(control.gamepads).toEqual(['open 1 TV 5']);
    expect(runner.contexts).toEqual([]);
    opened.resolve();
    await launch;
    expect(runner.contexts).toHaveLength(1);
    expect(control.expected[0]!.gamepads).toEqual({ owner: 1, attached: 5, keep: true });

    const { number } = await stream(TV);
    control.emit('disconnected', number, 'client-left');
    await sessions.resume(request(TV, { gamepads: 1, keepGamepads: true }), GAME.gameId);
    expect(control.expected[1]!.gamepads).toEqual({ owner: 1, attached: 1, keep: true });
    expect(control.gamepads).toHaveLength(1);
    await sessions.cancel(TV.fingerprint);
    expect(control.gamepads).toEqual(['open 1 TV 5', 'close 1']);
  });

  it('are not opened for a launch that shows the test pattern, or brings none', async () => {
    const { sessions, control } = house();
    await sessions.launch(request(TV, { gamepads: 0 }), GAME);
    await sessions.launch(request(PHONE, { gamepads: 1 }), PATTERN);
    expect(control.gamepads).toEqual([]);
  });

  it('do not hold a launch up when they cannot be had', async () => {
    const { sessions, control, runner } = house();
    control.gamepadsGate = Promise.reject(new Error('The control worker has ended.'));
    await sessions.launch(request(TV), GAME);
    expect(runner.contexts).toHaveLength(1);
  });

  it('go when the app cannot be started', async () => {
    const { sessions, control, runner } = house();
    runner.failure = 'no such program';
    await expect(sessions.launch(request(TV), GAME)).rejects.toThrow('no such program');
    expect(control.gamepads).toEqual(['open 1 TV 1', 'close 1']);
  });
});
