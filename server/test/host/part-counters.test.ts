import { expect, it } from 'vitest';

import { PartCounters } from '../../src/host/part-counters.ts';

it('tells what each part counted, and nothing of one that cannot be asked', async () => {
  const counters = new PartCounters();
  counters.add('rtsp', () => ({ refused: 2 }));
  counters.add('control', () => Promise.reject(new Error('being replaced')));
  counters.add('discovery', async () => ({ dropped: 1 }));
  expect(await counters.snapshot()).toEqual({
    rtsp: { refused: 2 },
    control: {},
    discovery: { dropped: 1 },
  });
});
