import { expect, it } from 'vitest';

import { RestartBudget } from '../../src/media/restart-budget.ts';

/** The answers to crashes that come every `interval` seconds, each after a good life. */
function answers(interval: number, crashes: number): (number | undefined)[] {
  const budget = new RestartBudget();
  return Array.from({ length: crashes }, (_, i) => budget.take(i * interval * 1000, 5000));
}

it('two crashes in a minute are answered at once, the third ends it', () => {
  expect(answers(7, 3)).toEqual([0, 0, undefined]);
  expect(answers(29, 3)).toEqual([0, 0, undefined]);
});

it('crashes further apart than that never end it', () => {
  expect(answers(31, 20)).toEqual(Array(20).fill(0));
});

it('one that dies as soon as it starts waits before the second try', () => {
  const budget = new RestartBudget();
  expect(budget.take(0, 0)).toBe(0);
  expect(budget.take(100, 0)).toBe(250);
  expect(budget.take(500, 0)).toBeUndefined();
  expect(budget.take(120_000, 5000)).toBe(0);
});
