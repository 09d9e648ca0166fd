import { fstatSync } from 'node:fs';
import { pino } from 'pino';
import { beforeEach, expect, it, vi } from 'vitest';

import { KeepAwake } from '../../src/user-session/keep-awake.ts';
import { FakeBuses, withLogind } from './fake-bus.ts';

const log = pino({ level: 'silent' });
let buses: FakeBuses;
let awake: KeepAwake;
let inhibitor: number;
let woken: number;
beforeEach(() => {
  buses = new FakeBuses();
  const logind = withLogind(buses);
  const inhibit = logind.answers.get('org.freedesktop.login1.Manager.Inhibit')!;
  logind.answers.set('org.freedesktop.login1.Manager.Inhibit', (body, object) => {
    const answer = inhibit(body, object);
    inhibitor = answer[0] as number;
    return answer;
  });
  const { sessionBus } = buses;
  sessionBus.owners.add('org.freedesktop.ScreenSaver');
  sessionBus.answers.set('org.freedesktop.ScreenSaver.Inhibit', () => [7]);
  sessionBus.answers.set('org.freedesktop.ScreenSaver.SimulateUserActivity', () => []);
  woken = 0;
  const wakeScreens = async (): Promise<void> => {
    woken += 1;
  };
  awake = new KeepAwake({ buses, wakeScreens, log });
});
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

it('a stream of the desktop holds machine and screen, and lets both go', async () => {
  awake.want('screen');
  await settled();
  expect(buses.systemBus.calls[0]!.slice(1, 3)).toEqual(['Inhibit', 'sleep:idle']);
  expect(() => fstatSync(inhibitor)).not.toThrow();
  expect(buses.sessionBus.calls.map(([, member]) => member)).toEqual([
    'Inhibit',
    'SimulateUserActivity',
  ]);
  expect(buses.sessionBus.closed).toBe(0);
  awake.want('nothing');
  await settled();
  expect(() => fstatSync(inhibitor)).toThrow();
  expect(buses.sessionBus.closed).toBe(1);
});

it('a private session keeps the machine awake and leaves the screen alone', async () => {
  awake.want('machine');
  await settled();
  expect(buses.sessionBus.calls).toEqual([]);
  awake.want('screen');
  await settled();
  awake.want('machine');
  await settled();
  expect(buses.sessionBus.closed).toBe(1);
  expect(buses.systemBus.calls.filter(([, member]) => member === 'Inhibit')).toHaveLength(1);
  await awake.close();
  expect(() => fstatSync(inhibitor)).toThrow();
});

it('a machine without logind or a screen saver streams all the same', async () => {
  buses.systemBus.answers.clear();
  buses.sessionBus.owners.clear();
  awake.want('screen');
  await awake.close();
  expect(buses.sessionBus.calls).toEqual([]);
});

it('screens that no bus is a way to are woken again and again, while the desktop is streamed', async () => {
  vi.useFakeTimers();
  try {
    awake.want('machine');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(woken).toBe(0);
    awake.want('screen');
    await vi.advanceTimersByTimeAsync(0);
    expect(woken).toBe(1);
    await vi.advanceTimersByTimeAsync(61_000);
    expect(woken).toBe(3);
    awake.want('nothing');
    await vi.advanceTimersByTimeAsync(300_000);
    expect(woken).toBe(3);
  } finally {
    vi.useRealTimers();
  }
});
