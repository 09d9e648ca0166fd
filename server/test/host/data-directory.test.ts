import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { DataDirectory } from '../../src/host/data-directory.ts';

let folder: string;
let other: ChildProcess | undefined;

beforeEach(async () => {
  folder = path.join(await mkdtemp(path.join(os.tmpdir(), 'one-host-')), 'data');
});
afterEach(async () => {
  other?.kill('SIGKILL');
  other = undefined;
  await rm(path.dirname(folder), { recursive: true });
});

/** Another process that holds the folder, whatever its program is called. */
async function holder(): Promise<ChildProcess> {
  const file = path.resolve(import.meta.dirname, '../../src/host/data-directory.ts');
  const script = `import(${JSON.stringify(file)}).then(async ({ DataDirectory }) => {
    await DataDirectory.take(${JSON.stringify(folder)});
    console.log('taken');
    setInterval(() => {}, 1000);
  });`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

it('is one host’s alone until that ends, by whatever name it was started', async () => {
  other = await holder();
  await expect(DataDirectory.take(folder)).rejects.toThrow(`(process ${other.pid}) uses ${folder}`);
  other.kill('SIGKILL');
  await once(other, 'exit');
  const data = await DataDirectory.take(folder);
  await data.release();
  expect(await readdir(folder)).toEqual([]);
});

it('is not held by a stranger who has got the process number', async () => {
  await (await DataDirectory.take(folder)).release();
  await writeFile(path.join(folder, 'host.pid'), `${process.ppid} 1\n`);
  await DataDirectory.take(folder);
  expect(await readFile(path.join(folder, 'host.pid'), 'utf8')).toMatch(`${process.pid} `);
});

it('is readable by its owner alone', async () => {
  await DataDirectory.take(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(path.join(folder, 'host.pid'))).mode & 0o777).toBe(0o600);
});

it('says what is in its way', async () => {
  await writeFile(folder, '');
  const inside = path.join(folder, 'deeper');
  await expect(DataDirectory.take(inside)).rejects.toThrow(
    `The data folder ${inside} cannot be made: a file is where a folder has to be, ${folder}. Move it away and start again.`,
  );
});
