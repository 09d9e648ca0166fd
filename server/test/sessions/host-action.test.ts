import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { App } from '../../src/apps/apps.ts';
import { DESKTOP, PHONE, request, TV } from './cast.ts';
import { house, refusal } from './house.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const SLEEP: App = { ...DESKTOP, id: 'sleep', gameId: 55, title: 'Sleep', source: 'host-sleep' };

function permitted() {
  const all = house();
  for (const device of [TV, PHONE]) all.devices.change(device.fingerprint, { hostActions: true });
  return all;
}

describe('a host action', () => {
  it('is for devices alone whose owner permits them', async () => {
    const { sessions, displays } = house();
    const { status, message } = await refusal(sessions.launch(request(TV), SLEEP));
    expect([status, message]).toEqual([403, expect.stringContaining('--host-actions on')]);
    expect(displays.wishes).toEqual([]);
  });

  it('tells its card who sees it, and that something was pressed or its device is away', async () => {
    const { sessions, displays, control, stream } = permitted();
    displays.input = { kind: 'none' };
    const told: string[] = [];
    await sessions.launch(request(TV), SLEEP);
    const [card] = displays.opened;
    Object.assign(card!, {
      watched: () => told.push('watched'),
      pressed: () => told.push('pressed'),
      left: () => told.push('left'),
    });
    await stream(TV);
    const [launch, { input }] = control.configured.at(-1)!;
    expect(input).toMatchObject({ backend: 'none', tellsPresses: true });
    control.emit('pressed', launch);
    control.emit('disconnected', launch, 'client-left');
    expect(told).toEqual(['watched', 'pressed', 'left']);
    expect(sessions.list()[0]?.notices).toEqual([]);
  });

  it('ends when its card says so, and keeps the machine awake at no time', async () => {
    const { sessions, displays, runner, stream, state } = permitted();
    await sessions.launch(request(TV), SLEEP);
    await stream(TV);
    expect(sessions.cared()).toMatchObject([{ streaming: false, ofDesktop: false }]);
    displays.opened[0]!.emit('over');
    await vi.advanceTimersByTimeAsync(0);
    expect([state(TV), runner.runs[0]?.stops, displays.opened[0]?.closed]).toEqual([
      undefined,
      1,
      1,
    ]);
  });

  it("is each device's own, and no app among those that run", async () => {
    const { sessions, displays, runner, stream, state } = permitted();
    await sessions.launch(request(TV), SLEEP);
    await stream(TV);
    await sessions.launch(request(PHONE), SLEEP);
    expect(displays.opened).toHaveLength(2);
    expect(sessions.running()).toEqual([]);
    await sessions.cancel(PHONE.fingerprint);
    await sessions.launch(request(PHONE), DESKTOP);
    await stream(PHONE);
    expect(sessions.running()).toEqual(['Desktop']);
    sessions.endApps();
    await vi.advanceTimersByTimeAsync(0);
    expect([state(TV), state(PHONE)]).toEqual(['streaming', undefined]);
    expect(runner.runs.map(({ stops }) => stops)).toEqual([0, 1, 1]);
  });
});
