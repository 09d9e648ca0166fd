import { expect, it } from 'vitest';

import { hostActions } from '../../src/host/host-actions.ts';
import type { SessionView } from '../../src/sessions/sessions.ts';

const TV = { device: 'a'.repeat(64), deviceName: 'TV' };

function scene() {
  const around = {
    mode: 'game' as 'game' | 'desktop',
    sleepRefusal: undefined as string | undefined,
    done: [] as string[],
    list: [] as SessionView[],
    running: [] as string[],
  };
  const actions = hostActions({
    sleep: {
      refusal: async () => around.sleepRefusal,
      begin: async () => void around.done.push('sleep'),
    },
    sessionSwitch: {
      available: async () => false,
      to: async (mode) => void around.done.push(`to ${mode}`),
    },
    mode: async () => around.mode,
    sessions: () => ({
      list: () => around.list,
      running: () => around.running,
      endApps: () => void around.done.push('end'),
    }),
  });
  const action = (kind: string) => actions.find((one) => one.kind === kind)!;
  return { around, action };
}

function view(fingerprint: string, name: string, state: SessionView['state']): SessionView {
  return {
    id: 1,
    state,
    device: { fingerprint, name },
    app: { id: 'desktop', title: 'Desktop' },
    address: '192.0.2.7',
    startedAt: 0,
    mediaRestarts: 0,
    events: [],
    notices: [],
  };
}

it('sleep waits for nobody who is away, and is refused while somebody else streams', async () => {
  const { around, action } = scene();
  const sleep = action('host-sleep');
  around.list = [view(TV.device, 'TV', 'streaming'), view('b', 'Phone', 'paused')];
  expect(await sleep.refusal(TV)).toBeUndefined();
  around.list.push(view('c', 'Tablet', 'handshake'));
  expect(await sleep.refusal(TV)).toBe('Tablet streams from this PC, so it stays awake.');
  around.list.pop();
  around.sleepRefusal = 'This PC cannot sleep.';
  expect([await sleep.refusal(TV), await sleep.available()]).toEqual([
    'This PC cannot sleep.',
    false,
  ]);
});

it('the switch goes to the other one of the two', async () => {
  const { around, action } = scene();
  const change = action('host-switch');
  expect(await change.perform(TV)).toBe('The desktop begins.');
  around.mode = 'desktop';
  expect(await change.perform(TV)).toBe('Game Mode begins.');
  expect(around.done).toEqual(['to desktop', 'to game']);
  expect(await change.available()).toBe(false);
});

it('ending what runs names it, and is refused where nothing runs', async () => {
  const { around, action } = scene();
  const end = action('host-end-app');
  expect(await end.refusal(TV)).toBe('No app runs.');
  around.running = ['Desktop', 'Game'];
  expect(await end.refusal(TV)).toBeUndefined();
  expect(await end.perform(TV)).toBe('Ended: Desktop, Game.');
  expect(around.done).toEqual(['end']);
});
