import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { XServer } from '../../../test/e2e/support/x-server.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import type { PenEvent, TouchEvent } from '../../src/native/input-addon.ts';

const addon = nativeAddon();

let server: XServer;
beforeAll(async () => {
  server = await XServer.start(320, 240);
});
afterAll(() => server?.close());

const open = () =>
  addon.openPointerKeyboard({ backend: 'xtest', name: 'test', x11Display: server.display });

const touch: TouchEvent = {
  kind: 'down',
  pointerId: 1,
  x: 0.5,
  y: 0.5,
  pressure: 1,
  major: 0,
  minor: 0,
};
const pen: PenEvent = { kind: 'hover', tool: 'eraser', buttons: 0, x: 0, y: 1, pressure: 0 };

describe('pointer and keyboard', () => {
  it('are played into an X server, as far as it goes, until they are closed', () => {
    const devices = open();
    expect(devices.alive()).toBe(true);
    expect(devices.key(30, true)).toBe(true);
    devices.moveAbsolute(0.25, 0.75);
    devices.moveRelative(-3, 4);
    devices.button(0x110, true);
    devices.scroll(-120, 0);
    // XTest has neither; they move its pointer.
    expect([devices.touch(touch), devices.pen(pen)]).toEqual([true, true]);
    devices.close();
    devices.close();
  });

  it('take the words of their description only, and name the one that is wrong', () => {
    const devices = open();
    const wrong = <T>(value: object): T => value as T;
    expect(() => devices.touch(wrong({ ...touch, kind: 'button' }))).toThrow(
      'touch.kind is not one of its known words',
    );
    expect(() => devices.touch(wrong({ ...touch, pointerId: -1 }))).toThrow('touch.pointerId');
    expect(() => devices.pen(wrong({ ...pen, tool: 'brush' }))).toThrow('pen.tool');
    expect(() => devices.pen(wrong({ ...pen, tilt: NaN }))).toThrow('pen.tilt');
    expect(() => devices.touch(wrong(undefined!))).toThrow('touch is not an object');
    devices.close();
    expect(() => addon.openPointerKeyboard(wrong({ backend: 'x11', name: 'x' }))).toThrow(
      'options.backend',
    );
    expect(() => addon.openGamepad(wrong({ kind: 'stick', name: 'x' }), () => undefined)).toThrow(
      'options.kind',
    );
    expect(() => addon.openGamepad({ kind: 'xbox', name: 'x' }, wrong({}))).toThrow('argument 2');
  });

  it('say why they cannot be opened', async () => {
    const devices = addon.openPointerKeyboard({
      backend: 'xtest',
      name: 'x',
      x11Display: ':4711',
    });
    await expect(devices.opened).rejects.toThrow(/:4711/);
    devices.close();
    await open().opened;
    const probe = await addon.probeXTest(':4711');
    expect(probe).toMatchObject({ backend: 'xtest', usable: false });
    expect(await addon.probeXTest(server.display)).toEqual({ backend: 'xtest', usable: true });
  });
});

it('a look at an X server that nobody uses takes away nothing that its owner has set', async () => {
  const lonely = await XServer.start(320, 240, undefined, true);
  const { display } = lonely;
  try {
    await addon.listX11Screens(display);
    await lonely.ask('xmodmap', '-e', 'keycode 248 = F35');
    for (let look = 0; look < 3; look++) {
      await addon.listX11Screens(display);
      expect(await addon.probeXTest(display)).toEqual({ backend: 'xtest', usable: true });
    }
    expect(await lonely.ask('xmodmap', '-pke')).toMatch(/^keycode 248 = F35/m);
  } finally {
    await lonely.close();
  }
  // Another server in its place is met as a new one.
  await expect(addon.listX11Screens(display)).rejects.toThrow(/cannot be opened/);
  const next = await XServer.start(640, 480, display);
  expect(await addon.listX11Screens(display)).toMatchObject([{ area: { width: 640 } }]);
  await next.close();
});

describe('a sink', () => {
  it('takes the options of its description only', () => {
    const sink = { name: 'x', description: 'x', channels: 2 } as const;
    const wrong = (change: object) => addon.createSink({ ...sink, ...change });
    expect(() => wrong({ channels: 0 })).toThrow('options.channels');
    expect(() => wrong({ name: 7 })).toThrow('options.name is not a string');
  });
});
