import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';

import { needsOwnSteam, steamRuns } from '../../src/apps/steam.ts';

it.each([
  [['steam', '-gamepadui'], true],
  [['/usr/bin/steam'], true],
  [['xdg-open', 'steam://rungameid/620'], true],
  [['flatpak', 'run', 'com.valvesoftware.Steam'], true],
  [['setsid steam steam://open/bigpicture'], true],
  [['steamcmd'], false],
  [['/opt/steampunk/game'], false],
])('%j in a private session needs a Steam of its own: %s', (command, needed) => {
  expect(needsOwnSteam({ source: 'private', command })).toBe(needed);
  expect(needsOwnSteam({ source: 'desktop', command })).toBe(false);
});

it('a Steam that runs is known by its process', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'steam-'));
  copyFileSync('/bin/sleep', path.join(folder, 'steam'));
  const child = spawn(path.join(folder, 'steam'), ['60']);
  try {
    await once(child, 'spawn');
    expect(await steamRuns()).toBe(true);
  } finally {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true });
  }
  expect(await steamRuns()).toBe(false);
});
