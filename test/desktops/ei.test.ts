import { afterEach, describe, expect, it } from 'vitest';
import { EiPointerKeyboard } from '../../server/src/input/ei/ei-pointer-keyboard.ts';
import { connectEi, type EiRoute } from '../../server/src/input/ei/ei-route.ts';
import { findCompositors } from '../../server/src/displays/compositors.ts';
import { nativeAddon } from '../../server/src/native/addon.ts';
import {
  Gamescope,
  KWin,
  Mutter,
  sessionEnvironment,
  type Compositor,
} from './support/compositors.ts';
import { until } from '../e2e/support/processes.ts';
import { WaylandPattern } from './support/wayland-pattern.ts';

// Input through the desktops' own EI servers, seen by an app on them.

let running: Compositor | undefined;
let input: EiPointerKeyboard | undefined;
let app: WaylandPattern | undefined;
afterEach(async () => {
  input?.close();
  await app?.close();
  await running?.close();
  input = app = running = undefined;
});

const MODE = { width: 1280, height: 720 };
const LEFT = 0x110;
const H = 35;

function connect(route: EiRoute, desktop = MODE): EiPointerKeyboard {
  const { waylandDisplay } = route;
  const layout = waylandDisplay
    ? () => nativeAddon().readKeyboardLayout(waylandDisplay)
    : undefined;
  return (input = new EiPointerKeyboard(connectEi(route, nativeAddon, 'TV'), desktop, layout));
}

const busAddress = sessionEnvironment()['DBUS_SESSION_BUS_ADDRESS']!;

describe.each([
  ['KWin', () => KWin.start(MODE), { server: 'kwin', busAddress }],
  ['Mutter', () => Mutter.start(MODE), { server: 'mutter', busAddress }],
] as const)('%s', (_name, start, route) => {
  it('keys, motion, buttons, the wheel and a finger reach an app', async () => {
    running = await start();
    app = await WaylandPattern.start(running);
    const devices = connect(route);
    devices.moveAbsolute(0.5, 0.25);
    await devices.opened;
    const near =
      (kind: string, x: number, y: number) => (event: { kind: string; x?: number; y?: number }) =>
        event.kind === kind && Math.abs(event.x! - x) <= 1 && Math.abs(event.y! - y) <= 1;
    // What was asked for before the devices were there arrives; the window may take a while to lie where it will.
    await app.event(({ kind }) => kind === 'motion', 'a position');
    await until(
      () => {
        devices.moveAbsolute(0.5, 0.25);
        return app!.events.some(near('motion', 640, 180)) || undefined;
      },
      20_000,
      () => `the position is not right: ${JSON.stringify(app!.events.slice(-5))}`,
    );
    devices.moveRelative(10, 20);
    await app.event(near('motion', 650, 200), 'motion by 10, 20');
    devices.key(H, true);
    devices.key(H, false);
    devices.button(LEFT, true);
    devices.button(LEFT, false);
    devices.scroll(-120, 0);
    for (const kind of ['key-press', 'key-release'] as const) {
      await app.event((event) => event.kind === kind && event.code === H, kind);
    }
    for (const kind of ['button-press', 'button-release'] as const) {
      await app.event((event) => event.kind === kind && event.code === LEFT, kind);
    }
    const wheel = await app.event(({ kind }) => kind === 'scroll', 'the wheel');
    expect(wheel).toMatchObject({ axis: 0, value: 120 });
    const finger = { pointerId: 7, x: 0.25, y: 0.5, pressure: 0, major: 0, minor: 0 };
    devices.touch({ kind: 'down', ...finger });
    devices.touch({ kind: 'up', ...finger });
    await app.event(near('touch-down', 320, 360), 'a finger');
    await app.event(({ kind }) => kind === 'touch-up', 'its end');
  });

  it('text is typed by the keys that have it, with Caps Lock on too', async () => {
    running = await start();
    app = await WaylandPattern.start(running);
    const waylandDisplay = running.environment['WAYLAND_DISPLAY']!;
    const devices = connect({ ...route, waylandDisplay });
    await devices.opened;
    const pressed = (): (number | undefined)[] =>
      app!.events.filter(({ kind }) => kind === 'key-press').map(({ code }) => code);
    const typed = async (text: string, keys: readonly number[]): Promise<void> => {
      const before = pressed().length;
      for (const character of text) devices.text(character.codePointAt(0)!);
      await until(
        () => pressed().length >= before + keys.length || undefined,
        20_000,
        () => `"${text}" pressed ${pressed().slice(before).join(' ')}`,
      );
      expect(pressed().slice(before)).toEqual(keys);
    };
    const [shift, capsLock, a, z, one] = [42, 58, 30, 44, 2];
    await typed('aZ1!', [a, shift, z, one, shift, one]);
    devices.key(capsLock, true);
    devices.key(capsLock, false);
    await app.event(
      ({ kind, value, locked }) => kind === 'modifiers' && value === 0 && locked === 2,
      'Caps Lock',
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    await typed('aZ1', [shift, a, z, one]);
  });

  it('what is held is let go of when the client is gone', async () => {
    running = await start();
    app = await WaylandPattern.start(running);
    const devices = connect(route);
    await devices.opened;
    devices.key(H, true);
    await app.event(({ kind, code }) => kind === 'key-press' && code === H, 'the key');
    devices.close();
    await app.event(({ kind, code }) => kind === 'key-release' && code === H, 'its release');
  });
});

it('KWin: positions on the second of two screens', async () => {
  running = await KWin.start({ width: 800, height: 600 }, 'kw-0', 2);
  app = await WaylandPattern.start(running, 'Virtual-1');
  const devices = connect({ server: 'kwin', busAddress }, { width: 1600, height: 600 });
  devices.moveAbsolute(0.75, 0.5);
  const motion = await app.event(({ kind }) => kind === 'motion', 'motion');
  expect([Math.round(motion.x!), Math.round(motion.y!)]).toEqual([400, 300]);
});

it('gamescope takes keys, motion, buttons and the wheel', async () => {
  const gamescope = await Gamescope.start(MODE, ['x11-pattern', '60']);
  running = gamescope;
  await gamescope.process.says(/"kind":"ready"/);
  const [found] = await findCompositors('gamescope');
  const path = found!.sockets.find((socket) => socket.endsWith('-ei'))!;
  const devices = connect({ server: 'socket', path });
  await devices.opened;
  // It has a pointer and a focus once it has found the window, of which it tells nobody.
  await until(
    () => {
      devices.moveAbsolute(0.25 + Math.random() / 100, 0.5);
      devices.key(H, true);
      devices.key(H, false);
      return /"kind":"key-press","code":43/.test(gamescope.process.output) || undefined;
    },
    20_000,
    () => 'no key arrived',
  );
  devices.moveAbsolute(0.5, 0.5);
  devices.button(LEFT, true);
  devices.button(LEFT, false);
  devices.scroll(120, 0);
  await gamescope.process.says(/"kind":"motion","code":0,"x":640,"y":360/);
  await gamescope.process.says(/"kind":"button-press","code":1/);
  await gamescope.process.says(/"kind":"button-press","code":4/);
});

it('a desktop that is not there is told of', async () => {
  await expect(connect({ server: 'kwin', busAddress }).opened).rejects.toThrow(/org\.kde\.KWin/);
});
