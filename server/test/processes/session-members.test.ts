import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { endSessionMembers, sessionMembers } from '../../src/processes/session-members.ts';

let folder: string;
const started: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'session-members-'));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function start(script: string, environment: Record<string, string>): Promise<number> {
  const child = spawn('/bin/sh', ['-c', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { PATH: process.env['PATH'], ...environment },
  });
  started.push(child);
  await once(child.stdout, 'data');
  return child.pid!;
}

it('knows processes by the runtime directory that they were given, or name', async () => {
  const given = await start('echo; exec sleep 60', { XDG_RUNTIME_DIR: folder });
  const named = await start(`echo; sleep 60; : ${folder}/config`, {});
  const neighbour = await start('echo; exec sleep 60', { XDG_RUNTIME_DIR: `${folder}2` });
  const members = await sessionMembers(folder);
  expect(members).toContain(given);
  expect(members).toContain(named);
  expect(members).not.toContain(neighbour);
  await endSessionMembers(folder, 5_000);
  expect(await sessionMembers(folder)).toEqual([]);
  expect(() => process.kill(neighbour, 0)).not.toThrow();
});

it('one that ignores SIGTERM is killed', async () => {
  const pid = await start('trap "" TERM; echo; while :; do sleep 1; done', {
    XDG_RUNTIME_DIR: folder,
  });
  expect(await sessionMembers(folder)).toContain(pid);
  await endSessionMembers(folder, 100);
  expect(await sessionMembers(folder)).toEqual([]);
});
