import { expect, it } from 'vitest';

import { runsOf } from '../../src/pages/faults/runs.ts';

const fault = (id: number, at: number, message: string, dismissed = false) => ({
  ...{ id, at, firstAt: at, device: 'TV', message, count: 1, dismissed },
});

it('what went wrong is put to the start of the host after which it did, and what recurs is one', () => {
  const runs = runsOf({
    faults: [
      fault(6, 320, 'No display.'),
      fault(5, 310, 'The encoder stopped.'),
      { ...fault(4, 305, 'No display.'), firstAt: 301, count: 3, recording: 'r' },
      fault(3, 303, 'No display.', true),
      fault(2, 120, 'No display.'),
      fault(1, 50, 'An undo command failed.'),
    ],
    starts: [
      { at: 300, version: '2' },
      { at: 200, version: '1' },
      { at: 100, version: '1' },
    ],
  });
  expect(
    runs.map(({ start, groups }) => [start?.at, groups.map(({ ids, count }) => [ids, count])]),
  ).toEqual([
    [
      300,
      [
        [[6, 4], 4],
        [[5], 1],
        // What is seen to stays apart from what came again.
        [[3], 1],
      ],
    ],
    // In that of 200 nothing went wrong.
    [100, [[[2], 1]]],
    [undefined, [[[1], 1]]],
  ]);
  expect(runs[0]!.groups[0]).toMatchObject({ at: 320, firstAt: 301, recording: 'r' });
});

it('a host without faults has one start to tell of', () => {
  expect(runsOf({ faults: [], starts: [{ at: 2, version: '2' }] })).toEqual([
    { start: { at: 2, version: '2' }, groups: [] },
  ]);
  expect(runsOf({ faults: [], starts: [] })).toEqual([]);
});
