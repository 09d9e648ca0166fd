import { afterEach, expect, it } from 'vitest';
import type { NativePointerKeyboard } from '../../server/src/native/input-addon.ts';
import { nativeAddon } from '../../server/src/native/addon.ts';
import { Sway } from './support/compositors.ts';
import { WaylandPattern } from './support/wayland-pattern.ts';

// The virtual keyboard and pointer of a wlroots compositor, seen by an app on it.

let sway: Sway | undefined;
let app: WaylandPattern | undefined;
let input: NativePointerKeyboard | undefined;
afterEach(async () => {
  input?.close();
  await app?.close();
  await sway?.close();
  input = app = sway = undefined;
});

function open(output: string): NativePointerKeyboard {
  return (input = nativeAddon().openPointerKeyboard({
    backend: 'wlroots',
    name: 'TV',
    waylandDisplay: sway!.environment['WAYLAND_DISPLAY']!,
    output,
  }));
}

const at =
  (kind: string, x: number, y: number) => (event: { kind: string; x?: number; y?: number }) =>
    event.kind === kind && Math.abs(event.x! - x) <= 1 && Math.abs(event.y! - y) <= 1;

it('keys, text, motion, buttons and the wheel reach an app', async () => {
  sway = await Sway.start({ width: 1280, height: 720 });
  app = await WaylandPattern.start(sway, 'HEADLESS-1');
  const devices = open('HEADLESS-1');
  devices.moveAbsolute(0.5, 0.25);
  await devices.opened;
  await app.event(
    at('motion', 640, 180),
    'the position that was asked for before the devices were there',
  );
  devices.moveRelative(10, 20);
  await app.event(at('motion', 650, 200), 'motion by 10, 20');
  devices.key(42, true); // Shift
  await app.event(({ kind, value }) => kind === 'modifiers' && value === 1, 'Shift as a modifier');
  devices.key(35, true);
  devices.key(35, false);
  devices.key(42, false);
  for (const kind of ['key-press', 'key-release'] as const) {
    await app.event((event) => event.kind === kind && event.code === 35, kind);
  }
  devices.button(0x110, true);
  devices.button(0x110, false);
  devices.scroll(-240, 0);
  await app.event(({ kind, code }) => kind === 'button-release' && code === 0x110, 'the button');
  expect(await app.event(({ kind }) => kind === 'scroll', 'the wheel')).toMatchObject({
    axis: 0,
    value: 240,
  });
  const keymaps = app.events.filter(({ kind }) => kind === 'keymap').length;
  expect(devices.text(0x20ac)).toBe(true);
  await app.event(({ kind }) => kind === 'keymap', 'a keymap with the character', 0);
  await app.event(({ kind, code }) => kind === 'key-press' && code === 194, 'the character');
  expect(app.events.filter(({ kind }) => kind === 'keymap').length).toBeGreaterThan(keymaps);
});

it('positions belong to one output of two, whatever its scale', async () => {
  sway = await Sway.start(
    { width: 800, height: 600 },
    'output HEADLESS-2 mode 1600x1200@60Hz position 800,0 scale 2\nexec swaymsg create_output\n',
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  app = await WaylandPattern.start(sway, 'HEADLESS-2');
  const devices = open('HEADLESS-2');
  devices.moveAbsolute(0.5, 0.5);
  await app.event(at('motion', 400, 300), 'the middle of the second output');
});

it('what is held is let go of when the client is gone, and a sway that ended is told of', async () => {
  sway = await Sway.start({ width: 800, height: 600 });
  app = await WaylandPattern.start(sway, 'HEADLESS-1');
  const first = open('HEADLESS-1');
  await first.opened;
  first.key(35, true);
  await app.event(({ kind, code }) => kind === 'key-press' && code === 35, 'the key');
  first.close();
  await app.event(({ kind, code }) => kind === 'key-release' && code === 35, 'its release');
  const second = open('HEADLESS-1');
  await second.opened;
  await sway.close();
  await expect.poll(() => second.alive()).toBe(false);
  await expect(open('HEADLESS-1').opened).rejects.toThrow(/cannot be reached/);
});

it('an output that is not there is told of', async () => {
  sway = await Sway.start({ width: 800, height: 600 });
  await expect(open('HEADLESS-7').opened).rejects.toThrow('The output "HEADLESS-7" is gone.');
});
