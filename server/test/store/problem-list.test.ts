import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { ProblemList } from '../../src/store/problem-list.ts';
import { Store } from '../../src/store/store.ts';

const log = pino({ level: 'silent' });
let folder: string;
let store: Store;
let now: number;

beforeEach(async () => {
  now = 1_000;
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-problems-'));
  store = await Store.open(path.join(folder, 'store.sqlite'), log);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const open = () => ProblemList.open(store, log, () => now);

it('keeps what went wrong over a restart, the newest first, and counts what repeats', async () => {
  const problems = await open();
  problems.report({ device: 'TV', message: 'There is no display.' });
  now = 2_000;
  problems.report({ message: 'An undo command failed.' });
  now = 3_000;
  problems.report({ message: 'An undo command failed.' });
  problems.report({ device: 'TV', message: 'An undo command failed.' });
  const expected = [
    { at: 3_000, device: 'TV', message: 'An undo command failed.', count: 1 },
    { at: 3_000, message: 'An undo command failed.', count: 2 },
    { at: 1_000, device: 'TV', message: 'There is no display.', count: 1 },
  ];
  expect(problems.list()).toEqual(expected);
  expect((await open()).list()).toEqual(expected);
});

it('lets the oldest go, in the store too', async () => {
  let problems = await open();
  for (let number = 1; number <= 400; number += 1) {
    problems.report({ message: String(number) });
    if (number === 50) problems = await open();
  }
  const messages = problems.list().map(({ message }) => message);
  expect(messages).toEqual(Array.from({ length: 30 }, (_, at) => String(400 - at)));
  expect((await open()).list().map(({ message }) => message)).toEqual(messages);
  const { rows } = (await store.get<{ rows: number }>('SELECT count(*) AS rows FROM problems'))!;
  expect(rows).toBe(300);
});

it('what the owner has seen to is left out of the list, and comes back when it happens again', async () => {
  const problems = await open();
  problems.report({ device: 'TV', message: 'There is no display.' });
  now = 2_000;
  problems.report({ device: 'TV', message: 'There is no display.' });
  const [fault] = problems.faults();
  expect(fault).toMatchObject({ at: 2_000, firstAt: 1_000, count: 2, dismissed: false });
  expect(await problems.dismiss(fault!.id, true)).toBe(true);
  expect(await problems.dismiss(999, true)).toBe(false);
  expect([problems.list().length, problems.faults().length]).toEqual([0, 1]);
  expect((await open()).faults()).toEqual([{ ...fault, dismissed: true }]);
  now = 3_000;
  problems.report({ device: 'TV', message: 'There is no display.' });
  expect(problems.list()).toEqual([
    { at: 3_000, device: 'TV', message: 'There is no display.', count: 1 },
  ]);
  await problems.dismiss(fault!.id, false);
  expect(problems.list()).toHaveLength(2);
  await problems.dismissAll();
  expect(problems.list()).toEqual([]);
  expect((await open()).list()).toEqual([]);
});

it('knows when the host was started, the last times', async () => {
  for (let start = 1; start <= 60; start += 1) {
    now = start;
    (await open()).began(`0.${start}`);
  }
  const starts = (await open()).starts();
  expect(starts).toHaveLength(50);
  expect(starts[0]).toEqual({ at: 60, version: '0.60' });
});

it('a disk that takes nothing is no fault of whoever reports', async () => {
  const problems = await open();
  await store.run('DROP TABLE problems');
  problems.report({ message: 'The encoder stopped.' });
  await store.get('SELECT 1');
  expect(problems.list()).toHaveLength(1);
});
