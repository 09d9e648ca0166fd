import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { SwayIpc } from '../../server/src/displays/sway/sway-ipc.ts';
import { until } from '../e2e/support/processes.ts';
import { Viewing } from '../e2e/support/viewing.ts';
import { KWin, Mutter, Sway, type Compositor } from './support/compositors.ts';
import { expectMovingPictures } from './support/pictures.ts';
import { DesktopHost } from './support/streaming.ts';
import { WaylandPattern } from './support/wayland-pattern.ts';

// A screen of the device's own on a real desktop: the app that is opened on it is what the device decodes.

let desktop: Compositor | undefined;
let app: WaylandPattern | undefined;
let host: DesktopHost | undefined;
afterEach(async () => {
  await host?.close();
  await app?.close();
  await desktop?.close();
  host = app = desktop = undefined;
});

const SCREEN = { width: 1280, height: 720 };
const run = promisify(execFile);

/** Names of the outputs, as `wayland-info` tells every client. */
async function outputs({ clientEnvironment }: Compositor): Promise<string[]> {
  const { stdout } = await run('wayland-info', ['-i', 'wl_output'], {
    env: { ...clientEnvironment },
  });
  return [...stdout.matchAll(/^\s*name: (\S+)$/gm)].map(([, name]) => name!);
}

it('an output of sway that is off is on while it is streamed', async () => {
  const sway = await Sway.start(SCREEN);
  desktop = sway;
  const ipc = new SwayIpc(sway.ipcSocket);
  const isOn = async () => (await ipc.outputs()).every(({ power, dpms }) => power ?? dpms);
  await ipc.run('output * power off');
  expect(await isOn()).toBe(false);
  host = await DesktopHost.start();
  await host.watch('Desktop', SCREEN, async () => {
    await until(
      async () => (await isOn()) || undefined,
      10_000,
      () => 'the output stays off',
    );
  });
});

describe.each([
  ['KDE Plasma', () => KWin.start(SCREEN), { width: 1366, height: 768 }],
  ['GNOME', () => Mutter.start(SCREEN), { width: 1366, height: 768 }],
  ['Sway', () => Sway.start(SCREEN), { width: 1366, height: 768, fps: 60 }],
] as const)('%s', (_title, start, mode) => {
  it('its monitors are off beside a second screen where the owner wants it, and on afterwards', async () => {
    desktop = await start();
    const before = await outputs(desktop);
    host = await DesktopHost.start('--monitors', 'off');
    const lit = async () => (await outputs(desktop!)).filter((name) => before.includes(name));
    await host.watch('Second screen', mode, () =>
      until(
        async () => ((await lit()).length === 0 ? true : undefined),
        10_000,
        () => 'they stay on',
      ),
    );
    await until(
      async () => ((await lit()).join() === before.join() ? true : undefined),
      20_000,
      () => 'they stay dark',
    );
  });

  it('a second screen at an odd mode, gone when the stream is', async () => {
    desktop = await start();
    const before = await outputs(desktop);
    host = await DesktopHost.start();
    const { id } = await host.client.app('Second screen');
    const viewing = new Viewing(await host.client.stream(id, { fps: 60, ...mode }));
    try {
      const made = await until(
        async () => (await outputs(desktop!)).find((name) => !before.includes(name)),
        20_000,
        () => 'no output was made',
      );
      app = await WaylandPattern.start(desktop, made);
      await app.event(
        ({ kind, width, height }) =>
          kind === 'ready' && width === mode.width && height === mode.height,
        `a screen of ${mode.width}×${mode.height}`,
      );
      await viewing.next(({ stamp }) => stamp !== undefined, 'picture of the app');
      viewing.frames.length = 0;
      await expectMovingPictures(viewing);
    } finally {
      await viewing.close();
      await host.client.cancel();
    }
    await app.close();
    await until(
      async () => ((await outputs(desktop!)).length === before.length ? true : undefined),
      20_000,
      () => 'the output stays',
    );
  });
});

it('Sway: a host that is killed while it streams leaves a screen, which the next one takes away', async () => {
  const sway = await Sway.start(SCREEN);
  desktop = sway;
  host = await DesktopHost.start();
  const ipc = new SwayIpc(sway.ipcSocket);
  const { id } = await host.client.app('Second screen');
  const viewing = new Viewing(await host.client.stream(id, { ...SCREEN, fps: 60 }));
  await viewing.started();
  expect(await ipc.outputs()).toHaveLength(2);
  await host.host.kill();
  await viewing.vanish();
  expect(await ipc.outputs()).toHaveLength(2);
  await host.host.startAgain();
  await until(
    async () => ((await ipc.outputs()).length === 1 ? true : undefined),
    20_000,
    () => 'the output stays',
  );
});

it.each([
  ['KDE Plasma', () => KWin.start(SCREEN)],
  ['GNOME', () => Mutter.start(SCREEN)],
] as const)(
  '%s: a host that is killed while it streams takes its screen along',
  async (_title, start) => {
    desktop = await start();
    const before = await outputs(desktop);
    host = await DesktopHost.start();
    const { id } = await host.client.app('Second screen');
    const viewing = new Viewing(await host.client.stream(id, { ...SCREEN, fps: 60 }));
    await until(
      async () => (await outputs(desktop!)).length > before.length || undefined,
      20_000,
      () => 'no output was made',
    );
    await host.host.kill();
    await viewing.vanish();
    await until(
      async () => (await outputs(desktop!)).length === before.length || undefined,
      20_000,
      () => 'the output stays',
    );
  },
);
