import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { writeDurably } from '../../src/store/durable-file.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-durable-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('replaces a file whole, for its owner alone, and leaves nothing beside it', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, 'a much longer old content', { mode: 0o644 });
  await writeDurably(file, 'new');
  expect(await readFile(file, 'utf8')).toBe('new');
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await Promise.all(
    Array.from({ length: 8 }, (_, index) => writeDurably(file, `${index}`.repeat(9))),
  );
  expect(await readFile(file, 'utf8')).toMatch(/^(\d)\1{8}$/);
  expect(await readdir(folder)).toEqual(['file']);
});

it('leaves the old one and nothing else when it fails', async () => {
  const taken = path.join(folder, 'taken');
  await mkdir(path.join(taken, 'full'), { recursive: true });
  await expect(writeDurably(taken, 'new')).rejects.toThrow();
  await expect(writeDurably(path.join(folder, 'none', 'file'), 'new')).rejects.toThrow(/ENOENT/);
  expect(await readdir(folder)).toEqual(['taken']);
});
