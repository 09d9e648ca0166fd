import { expect, it } from 'vitest';

import { movedTo } from '../../src/pages/apps/reorder.ts';

it('an app is put at another place, within the list', () => {
  const ids = ['a', 'b', 'c', 'd'];
  expect(movedTo(ids, 'a', 2)).toEqual(['b', 'c', 'a', 'd']);
  expect(movedTo(ids, 'd', 0)).toEqual(['d', 'a', 'b', 'c']);
  expect(movedTo(ids, 'b', 1)).toEqual(ids);
  expect(movedTo(ids, 'a', -1)).toEqual(ids);
  expect(movedTo(ids, 'a', 9)).toEqual(['b', 'c', 'd', 'a']);
  expect(movedTo(ids, 'gone', 0)).toEqual(ids);
});
