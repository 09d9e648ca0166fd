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
  for (let number = 1; number <= 100; number += 1) {
    problems.report({ message: String(number) });
    if (number === 50) problems = await open();
  }
  const messages = problems.list().map(({ message }) => message);
  expect(messages).toEqual(Array.from({ length: 30 }, (_, at) => String(100 - at)));
  expect((await open()).list().map(({ message }) => message)).toEqual(messages);
  const { rows } = (await store.get<{ rows: number }>('SELECT count(*) AS rows FROM problems'))!;
  expect(rows).toBe(30);
});

it('a disk that takes nothing is no fault of whoever reports', async () => {
  const problems = await open();
  await store.run('DROP TABLE problems');
  problems.report({ message: 'The encoder stopped.' });
  await store.get('SELECT 1');
  expect(problems.list()).toHaveLength(1);
});
