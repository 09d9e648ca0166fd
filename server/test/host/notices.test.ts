import { expect, test } from 'vitest';

import { hostNotices } from '../../src/host/notices.ts';
import type { SendSettings } from '../../src/native/media-addon.ts';

const SENDING: SendSettings = { method: 'auto', pacing: 'smooth', linkKbps: 800_000 };

test('a host as it should be has nothing to say', () => {
  expect(hostNotices({ sending: SENDING, controlThread: 'realtime', losses: [] })).toEqual([]);
  expect(hostNotices({ sending: SENDING, controlThread: undefined, losses: [] })).toEqual([]);
});

test('packets that are dropped on purpose are a warning, with the way out', () => {
  const drop = { percentage: 2.5, burst: 5, seed: 1 };
  const [notice, ...others] = hostNotices({
    sending: { ...SENDING, drop },
    controlThread: 'realtime',
    losses: [],
  });
  expect(others).toEqual([]);
  expect(notice?.severity).toBe('warning');
  expect(notice?.message).toContain('2.5 % of the video packets');
  expect(notice?.message).toContain('bursts of 5');
  expect(notice?.message).toContain('--drop');
  const none = { ...drop, percentage: 0 };
  expect(
    hostNotices({ sending: { ...SENDING, drop: none }, controlThread: 'realtime', losses: [] }),
  ).toEqual([]);
});

test.each(['nice', 'normal'] as const)('the class %s is told with its remedy', (controlThread) => {
  const [notice] = hostNotices({ sending: SENDING, controlThread, losses: [] });
  expect(notice?.severity).toBe('info');
  expect(notice?.message).toContain('rtkit');
});

test('what was damaged is told first', () => {
  const losses = ['The store is gone.'];
  expect(hostNotices({ sending: SENDING, controlThread: 'normal', losses })).toMatchObject([
    { severity: 'warning', message: 'The store is gone.' },
    { severity: 'info' },
  ]);
});
