import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { NO_SOUND } from '../../src/displays/desktop-sound.ts';
import type { DisplayWish } from '../../src/displays/display.ts';
import { Uinput } from '../../src/displays/uinput.ts';
import { X11Provider } from '../../src/displays/x11/x11-provider.ts';
import type { InputProbe } from '../../src/native/input-addon.ts';
import type { X11Screen } from '../../src/native/media-addon.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function screen(name: string, x: number, primary = false): X11Screen {
  const area = { x, y: 0, width: 1920, height: 1080, desktopWidth: 3840, desktopHeight: 1080 };
  return { name, area, primary };
}
const LEFT = screen('DP-1', 0);
const RIGHT = screen('HDMI-1', 1920, true);

/** The addon's part that asks an X server, which answers, refuses or hangs. */
class Addon {
  calls: string[] = [];
  screens: X11Screen[] = [LEFT, RIGHT];
  failure: string | undefined;
  hangs: Promise<unknown> | undefined;
  usable = { uinput: false, xtest: true };
  probeUinput(): InputProbe {
    return { backend: 'uinput', usable: this.usable.uinput };
  }
  async probeXTest(display: string): Promise<InputProbe> {
    this.calls.push(`xtest ${display}`);
    await this.hangs;
    return { backend: 'xtest', usable: this.usable.xtest };
  }
  async listX11Screens(display: string): Promise<X11Screen[]> {
    this.calls.push(`screens ${display}`);
    await this.hangs;
    if (this.failure !== undefined) throw new Error(this.failure);
    return this.screens;
  }
  async wakeX11(display: string): Promise<void> {
    this.calls.push(`wake ${display}`);
    await this.hangs;
  }
}

function provider() {
  const addon = new Addon();
  return { addon, x11: new X11Provider({ addon, sound: NO_SOUND, uinput: new Uinput(addon) }) };
}

function wish(options: Partial<DisplayWish['options']> = {}): DisplayWish {
  return {
    kind: 'desktop',
    width: 1280,
    height: 720,
    rateNumerator: 60,
    rateDenominator: 1,
    device: 'f'.repeat(64),
    deviceName: 'TV',
    options: { x11Display: ':7', input: 'auto', ...options },
  };
}

describe('a display of an X server', () => {
  it('is the primary monitor, or the one that the owner chose', async () => {
    const { x11 } = provider();
    expect((await x11.open(wish())).source).toMatchObject({ display: ':7', screen: 'HDMI-1' });
    const left = await x11.open(wish({ screen: 'DP-1' }));
    expect(left.source).toEqual({ kind: 'x11', display: ':7', screen: 'DP-1', cursor: true });
    expect(left.input).toEqual({ kind: 'xtest', x11Display: ':7', area: LEFT.area });
    await expect(x11.open(wish({ screen: 'VGA' }))).rejects.toThrow(
      'has no monitor called VGA. It has: DP-1, HDMI-1.',
    );
    await expect(x11.open({ ...wish(), options: { input: 'auto' } })).rejects.toThrow(
      'set --display',
    );
  });

  it('is where its apps are sent, and not to a compositor beside it', async () => {
    const { x11 } = provider();
    const environment = { DISPLAY: ':7', WAYLAND_DISPLAY: null, XDG_SESSION_TYPE: 'x11' };
    vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', 'unix:path=/of/the/session');
    expect(x11.environment(wish())).toEqual(environment);
    expect((await x11.open(wish())).environment).toEqual(environment);

    // A host outside the session finds its bus where systemd puts it.
    const runtime = mkdtempSync(path.join(os.tmpdir(), 'earthshine-runtime-'));
    vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', '');
    vi.stubEnv('XDG_RUNTIME_DIR', runtime);
    expect(x11.environment(wish())).toEqual(environment);
    writeFileSync(path.join(runtime, 'bus'), '');
    expect(x11.environment(wish())).toEqual({
      ...environment,
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${runtime}/bus`,
    });
    rmSync(runtime, { recursive: true });
  });

  it('takes input through the kernel where that is permitted, or as the owner says', async () => {
    const { addon, x11 } = provider();
    const kinds = async (...given: DisplayWish['options']['input'][]): Promise<string[]> =>
      Promise.all(given.map(async (input) => (await x11.open(wish({ input }))).input.kind));
    expect(await kinds('auto', 'uinput', 'xtest', 'none')).toEqual([
      ...['xtest', 'uinput', 'xtest', 'none'],
    ]);
    addon.usable = { uinput: true, xtest: true };
    expect(await kinds('auto', 'xtest')).toEqual(['uinput', 'xtest']);
    addon.usable = { uinput: false, xtest: false };
    expect(await kinds('auto')).toEqual(['none']);
  });

  it('tells what changed when it is looked at again, and stays as it was while it is away', async () => {
    const { addon, x11 } = provider();
    const display = await x11.open(wish());
    const told: string[] = [];
    display.on('changed', () => told.push('changed'));
    display.on('away', (reason) => told.push(`away: ${reason}`));
    display.on('back', () => told.push('back'));
    await display.refresh();
    expect(told).toEqual([]);
    const { source, input } = display;
    addon.failure = 'cannot be opened';
    await display.refresh();
    await display.refresh();
    expect(display).toMatchObject({ source, input, away: 'cannot be opened' });
    addon.failure = undefined;
    addon.screens = [screen('HDMI-1', 0, true)];
    await display.refresh();
    expect(told).toEqual(['away: cannot be opened', 'back', 'changed']);
    expect(display.away).toBeUndefined();
    expect(display.source).toEqual({ kind: 'x11', display: ':7', cursor: true });
    expect(display.input).toMatchObject({ kind: 'xtest', area: addon.screens[0]!.area });
  });
});

describe('an X server that hangs', () => {
  it('is told of after 3 s, and asked once, however many ask', async () => {
    const { addon, x11 } = provider();
    const gate = Promise.withResolvers<undefined>();
    addon.hangs = gate.promise;
    const asked = [x11.open(wish()), x11.open(wish()), x11.open(wish())].map((display) =>
      display.catch((error: Error) => error.message),
    );
    const probe = x11.probe(wish().options);
    await vi.advanceTimersByTimeAsync(3_000);
    const sentence = expect.stringContaining('The X server :7 has not answered for 3 s.') as string;
    expect(await Promise.all(asked)).toEqual([sentence, sentence, sentence]);
    expect(await probe).toMatchObject({ works: false, detail: sentence });
    expect(addon.calls).toEqual([expect.stringMatching(/ :7$/)]);

    addon.hangs = undefined;
    gate.resolve(undefined);
    expect((await x11.open(wish())).input.kind).toBe('xtest');
  });

  it('holds up nobody on another one', async () => {
    const { addon, x11 } = provider();
    addon.hangs = new Promise(() => {});
    void x11.probe(wish().options);
    await vi.advanceTimersByTimeAsync(0);
    addon.hangs = undefined;
    await x11.open(wish({ x11Display: ':8' }));
  });
});

describe('the screens of an X server', () => {
  it('are woken, where there is one, and waited for no longer than for anything else', async () => {
    const { addon, x11 } = provider();
    await x11.wake({ input: 'auto' });
    expect(addon.calls).toEqual([]);
    await x11.wake({ input: 'auto', x11Display: ':7' });
    expect(addon.calls).toEqual(['wake :7']);
    addon.hangs = new Promise(() => {});
    const woken = expect(x11.wake({ input: 'auto', x11Display: ':7' })).rejects.toThrow(
      /has not answered for 3 s/,
    );
    await vi.advanceTimersByTimeAsync(3_000);
    await woken;
  });
});
