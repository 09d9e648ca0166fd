import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HostUnderTest } from '../e2e/support/host-under-test.ts';
import { expectApart, PrivateApp, type PrivateViewing } from '../e2e/support/private-app.ts';
import { Viewing } from '../e2e/support/viewing.ts';
import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import { FAKEDRI, sessionEnvironment } from './support/compositors.ts';

// Sessions of a device's own on each compositor that can have one. No desktop runs: they need none.

let folder: string;
let host: HostUnderTest;
let first: GameStreamClient;
let second: GameStreamClient;
const open: Viewing[] = [];
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'private-'));
  // What draws with a graphics card gets the stand-in for one; the host finds these first.
  for (const [name, program] of [
    ['kwin_wayland', '/usr/bin/kwin_wayland'],
    ['gamescope', '/usr/games/gamescope'],
  ] as const) {
    writeFileSync(
      path.join(folder, name),
      `#!/bin/sh\nLD_PRELOAD=${FAKEDRI} LIBGL_ALWAYS_SOFTWARE=1 VK_DRIVER_FILES=/usr/share/vulkan/icd.d/lvp_icd.json exec ${program} "$@"\n`,
    );
    chmodSync(path.join(folder, name), 0o755);
  }
  for (const name of ['x11-pattern', 'wayland-pattern']) {
    execFileSync('ln', ['-s', `/usr/bin/${name}`, path.join(folder, name)]);
  }
  const { PATH, ...environment } = sessionEnvironment();
  host = await HostUnderTest.start({
    environment: { ...environment, PATH: `${folder}:${PATH}` },
    arguments: ['--log-level', 'debug'],
  });
  first = await host.pairedClient();
  second = await host.pairedClient();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((viewing) => viewing.close()));
  await Promise.all([first.cancel(), second.cancel()]);
});
afterAll(async () => {
  await host?.close();
  await rm(folder, { recursive: true, force: true });
});

async function start(
  client: GameStreamClient,
  kind: string,
  [title, tone]: readonly [string, number],
  mode: { readonly width: number; readonly height: number; readonly fps: number },
): Promise<PrivateViewing> {
  const app = await PrivateApp.add(host, { folder }, `private-${kind}`, `${kind} ${title}`, tone);
  const { id } = await client.app(app.title);
  const viewing = new Viewing(await client.stream(id, mode));
  open.push(viewing);
  await viewing.next(({ stamp }) => stamp !== undefined, `picture of ${app.title}`, 60_000);
  const isX11 = kind === 'x11' || kind === 'gamescope';
  // X's numbers of keys are evdev's and eight.
  return { viewing, app, key: isX11 ? 43 : 35 };
}

describe.each(['sway', 'kwin', 'gamescope', 'x11'])('%s', (kind) => {
  it('two at once at odd modes: each sees, hears and reaches only its own', async () => {
    const earlier = await start(first, kind, ['earlier', 500], {
      width: 854,
      height: 480,
      fps: 60,
    });
    const later = await start(second, kind, ['later', 1100], { width: 640, height: 360, fps: 60 });
    await expectApart(earlier, later);
  }, 180_000);
});

it('the status names what works here', async () => {
  const { stdout } = await host.ctl('status');
  for (const kind of ['gamescope', 'KWin', 'sway', 'Xvfb']) {
    expect(stdout).toMatch(
      new RegExp(`Private session: ${kind} \\(started when an app wants it\\)`),
    );
  }
});
