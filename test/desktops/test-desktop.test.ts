import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { Gamescope, KWin, Mutter, Sway, type Compositor } from './support/compositors.ts';
import { WaylandPattern } from './support/wayland-pattern.ts';

// What every other test here stands on: each compositor starts, and an app on it is given a size and draws.

const MODE = { width: 1280, height: 720 };
let running: Compositor | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function drawsOn(compositor: Compositor, output?: string): Promise<void> {
  running = compositor;
  const app = await WaylandPattern.start(compositor, output);
  await app.event(
    ({ kind, width, height }) => kind === 'ready' && width === 1280 && height === 720,
    'the size of the screen',
  );
  await app.close();
}

it('sway', async () => drawsOn(await Sway.start(MODE), 'HEADLESS-1'));
it('KWin', async () => drawsOn(await KWin.start(MODE)));
it('Mutter', async () => drawsOn(await Mutter.start(MODE)));
it('gamescope, which offers its pictures to PipeWire', async () => {
  const gamescope = await Gamescope.start(MODE);
  running = gamescope;
  await gamescope.process.says(/"kind":"ready","width":1280,"height":720/);
  const { stdout } = await promisify(execFile)('pw-dump', [String(gamescope.node)]);
  expect(stdout).toContain('"media.class": "Video/Source"');
});
