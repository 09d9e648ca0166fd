import { expect, it } from 'vitest';

import { MachineSleep } from '../../src/user-session/sleep.ts';
import { FakeBuses } from './fake-bus.ts';

const MANAGER = 'org.freedesktop.login1.Manager';

function logind(answer: string) {
  const buses = new FakeBuses();
  buses.systemBus.answers.set(`${MANAGER}.CanSuspend`, () => [answer]);
  return { buses, bus: buses.systemBus, sleep: new MachineSleep(buses) };
}

it('sleep is offered where logind lets this user, and refused with the reason elsewhere', async () => {
  expect(await logind('yes').sleep.refusal()).toBeUndefined();
  expect(await logind('na').sleep.refusal()).toBe('This PC cannot sleep.');
  expect(await logind('no').sleep.refusal()).toMatch(/may not/);
  expect(await logind('challenge').sleep.refusal()).toMatch(/password/);
});

it('sleep without logind is refused, not a failure', async () => {
  const { bus, sleep } = logind('yes');
  bus.answers.clear();
  expect(await sleep.refusal()).toMatch(/Nobody here sends the PC to sleep/);
  const system = () => {
    throw new Error('There is no such bus.');
  };
  expect(await new MachineSleep({ system, session: system }).refusal()).toMatch(/no such bus/);
});

it('sleep begins without a dialog, and what refuses it is told', async () => {
  const { bus, sleep } = logind('yes');
  bus.answers.set(`${MANAGER}.Suspend`, () => []);
  await sleep.begin();
  expect(bus.calls.at(-1)).toEqual(['/org/freedesktop/login1', 'Suspend', false]);
  expect(bus.closed).toBe(1);
  bus.answers.delete(`${MANAGER}.Suspend`);
  await expect(sleep.begin()).rejects.toThrow('The PC did not go to sleep: nobody answers Suspend');
});
