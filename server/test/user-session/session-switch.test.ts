import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

import { SessionSwitch } from '../../src/user-session/session-switch.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-switch-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function command(script: string): Promise<SessionSwitch> {
  const file = path.join(folder, 'steamos-session-select');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  return new SessionSwitch(() => `/nowhere:${folder}`);
}

it('a switch is offered where the system has the command', async () => {
  expect(await new SessionSwitch(() => `/nowhere:${folder}:relative`).available()).toBe(false);
  expect(await (await command('')).available()).toBe(true);
});

it('a switch names the session, and its failure is told in the command’s own words', async () => {
  const taken = path.join(folder, 'taken');
  const works = await command(`echo "$@" >> '${taken}'`);
  await works.to('desktop');
  await works.to('game');
  expect(await readFile(taken, 'utf8')).toBe('plasma\ngamescope\n');
  const fails = await command('echo "No autologin here." >&2; exit 3');
  await expect(fails.to('desktop')).rejects.toThrow(
    'steamos-session-select plasma failed: No autologin here.',
  );
});
