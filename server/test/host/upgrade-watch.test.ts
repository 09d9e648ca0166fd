import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { UpgradeWatch } from '../../src/host/upgrade-watch.ts';

const EVERY = 10;
let folder: string;
let watch: UpgradeWatch;
let busy: boolean;
const restart = vi.fn();
const file = (name: string): string => path.join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-upgrade-'));
  writeFileSync(file('one'), 'one');
  symlinkSync(file('one'), file('program'));
  busy = false;
  restart.mockReset();
  watch = new UpgradeWatch({
    program: file('program'),
    running: file('one'),
    idle: () => !busy,
    restart,
    every: EVERY,
  });
});
afterEach(() => {
  watch.close();
  rmSync(folder, { recursive: true });
});

function upgrade(): void {
  writeFileSync(file('two'), 'two');
  symlinkSync(file('two'), file('next'));
  renameSync(file('next'), file('program'));
}

it('starts the host anew once another program lies there and nobody streams', async () => {
  busy = true;
  upgrade();
  await vi.waitUntil(() => watch.isUpgraded);
  await wait(5 * EVERY);
  expect(restart).not.toHaveBeenCalled();
  busy = false;
  await vi.waitUntil(() => restart.mock.calls.length === 1);
  await wait(5 * EVERY);
  expect(restart).toHaveBeenCalledOnce();
});

it('leaves the host alone while its own program lies there, or none', async () => {
  await wait(5 * EVERY);
  rmSync(file('program'));
  await wait(5 * EVERY);
  expect(watch.isUpgraded).toBe(false);
  expect(restart).not.toHaveBeenCalled();
});
