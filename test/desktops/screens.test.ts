import { afterEach, describe, expect, it } from 'vitest';
import * as input from '../../server/src/client/control/input-packets.ts';
import { until } from '../e2e/support/processes.ts';
import { Gamescope, KWin, Mutter, Sway, type Compositor } from './support/compositors.ts';
import { expectMovingPictures } from './support/pictures.ts';
import { DesktopHost } from './support/streaming.ts';
import { WaylandPattern } from './support/wayland-pattern.ts';

// The whole way: a real app on a real desktop, the built host, our own client, which decodes what the app drew.

const MODE = { width: 1280, height: 720 };
let desktop: Compositor | undefined;
let app: WaylandPattern | undefined;
let host: DesktopHost | undefined;
afterEach(async () => {
  await host?.close();
  await app?.close();
  await desktop?.close();
  host = app = desktop = undefined;
});

const key = (code: number) => [input.key(true, code), input.key(false, code)];
const VK_H = 0x48;
const KEY_H = 35;

describe.each([
  ['KDE Plasma', () => KWin.start(MODE)],
  ['GNOME', () => Mutter.start(MODE)],
  ['Sway', () => Sway.start(MODE)],
] as const)('%s', (title, start) => {
  it('its screen is seen, and takes keys and the mouse, without anything being set up', async () => {
    desktop = await start();
    app = await WaylandPattern.start(desktop);
    host = await DesktopHost.start();
    await host.watch('Desktop', MODE, async (viewing) => {
      await expectMovingPictures(viewing);
      const { control } = viewing.stream;
      await until(
        () => {
          // Its devices settle; meanwhile they wait.
          for (const packet of key(VK_H)) control.input(packet);
          control.input(input.mousePosition(320, 180, 1280, 720));
          return (
            app!.events.some(({ kind, code }) => kind === 'key-press' && code === KEY_H) ||
            undefined
          );
        },
        20_000,
        () => `no key: ${JSON.stringify(app!.events.slice(-5))}`,
      );
      const near = ({ kind, x, y }: { kind: string; x?: number; y?: number }) =>
        kind === 'motion' && Math.abs(x! - 320) <= 1 && Math.abs(y! - 180) <= 1;
      await app!.event(near, 'the position');
    });
    expect((await host.host.ctl('status')).stdout).toContain(title);
  });
});

it('Game Mode: what gamescope shows is seen, at its own mode, and takes keys', async () => {
  const gamescope = await Gamescope.start({ width: 640, height: 360 });
  desktop = gamescope;
  host = await DesktopHost.start();
  await host.watch('Desktop', { width: 640, height: 360 }, async (viewing) => {
    // A compositor that draws with Vulkan on the processor makes few a second.
    await expectMovingPictures(viewing, 2);
    await until(
      () => {
        for (const packet of key(VK_H)) viewing.stream.control.input(packet);
        return /"kind":"key-press","code":35/.test(gamescope.process.output) || undefined;
      },
      20_000,
      () => 'no key arrived',
    );
  });
});
