import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NO_SOUND } from '../../server/src/displays/desktop-sound.ts';
import type { Display, DisplayProvider, DisplayWish } from '../../server/src/displays/display.ts';
import { GamescopeProvider } from '../../server/src/displays/gamescope/gamescope-provider.ts';
import { KWinProvider } from '../../server/src/displays/kwin/kwin-provider.ts';
import { MutterProvider } from '../../server/src/displays/mutter/mutter-provider.ts';
import { SwayIpc } from '../../server/src/displays/sway/sway-ipc.ts';
import { SwayProvider } from '../../server/src/displays/sway/sway-provider.ts';
import { Uinput } from '../../server/src/displays/uinput.ts';
import { nativeAddon } from '../../server/src/native/addon.ts';
import { UndoJournal } from '../../server/src/store/undo-journal.ts';
import { until } from '../e2e/support/processes.ts';
import { Gamescope, KWin, Mutter, Sway, type Compositor } from './support/compositors.ts';
import { WISH } from './support/wish.ts';

// What providers make in real desktops, seen by the desktops' own means.

const log = pino({ level: 'silent' });
const addon = nativeAddon();
const uinput = new Uinput(addon);
let folder: string;
let journal: UndoJournal;
let desktop: Compositor | undefined;
let display: Display | undefined;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'displays-'));
  journal = await UndoJournal.open(path.join(folder, 'undo.json'), log);
});
afterEach(async () => {
  await display?.close();
  await desktop?.close();
  display = desktop = undefined;
  await rm(folder, { recursive: true });
});

const run = promisify(execFile);

async function openOn(provider: DisplayProvider, wish: Partial<DisplayWish>): Promise<Display> {
  return (display = await provider.open({ ...WISH, ...wish }));
}

describe('sway', () => {
  let sway: Sway;
  let ipc: SwayIpc;
  let provider: SwayProvider;
  beforeEach(async () => {
    desktop = sway = await Sway.start({ width: 1280, height: 720 });
    ipc = new SwayIpc(sway.ipcSocket);
    provider = new SwayProvider({ sound: NO_SOUND, uinput, journal, log });
  });
  const names = async () => (await ipc.outputs()).map(({ name }) => name);

  it('its screen is found by its process and sockets', async () => {
    const { source } = await openOn(provider, {});
    expect(source).toMatchObject({ kind: 'wayland-capture', output: 'HEADLESS-1' });
    expect(await provider.probe(WISH.options)).toMatchObject({
      works: true,
      detail: expect.stringMatching(/^1\..*HEADLESS-1 1280×720$/) as string,
    });
  });

  it.each([
    ['1366×768', { width: 1366, height: 768, rateNumerator: 60, rateDenominator: 1 }, 60_000],
    [
      '2400×1080 at 120',
      { width: 2400, height: 1080, rateNumerator: 120, rateDenominator: 1 },
      120_000,
    ],
    [
      '1280×800 at 59.94',
      { width: 1280, height: 800, rateNumerator: 60_000, rateDenominator: 1001 },
      59_940,
    ],
  ])("an output of the device's own has exactly its mode: %s", async (_name, mode, refresh) => {
    const own = await openOn(provider, { kind: 'own', ...mode });
    expect(own.source).toMatchObject({ kind: 'wayland-capture', output: 'HEADLESS-2' });
    const made = (await ipc.outputs()).find(({ name }) => name === 'HEADLESS-2')!;
    expect(made.current_mode).toEqual(
      expect.objectContaining({ width: mode.width, height: mode.height, refresh }),
    );
    expect(made.focused).toBe(true);
    await own.close();
    expect(await names()).toEqual(['HEADLESS-1']);
    expect(journal.entries('display')).toEqual([]);
  });

  it('what a host that was killed left is taken back by the next one', async () => {
    await openOn(provider, { kind: 'own' });
    display = undefined;
    expect(await names()).toEqual(['HEADLESS-1', 'HEADLESS-2']);
    const next = await UndoJournal.open(path.join(folder, 'undo.json'), log);
    await new SwayProvider({ sound: NO_SOUND, uinput, journal: next, log }).recover();
    expect(await names()).toEqual(['HEADLESS-1']);
    expect(next.entries('display')).toEqual([]);
  });

  it('its monitors are off beside a second screen where the owner wants it, and on again after a kill', async () => {
    const lit = async () => (await ipc.outputs()).filter(({ active }) => active);
    await openOn(provider, { kind: 'own', options: { ...WISH.options, monitors: 'off' } });
    expect((await lit()).map(({ name }) => name)).toEqual(['HEADLESS-2']);
    display = undefined;
    const next = await UndoJournal.open(path.join(folder, 'undo.json'), log);
    await new SwayProvider({ sound: NO_SOUND, uinput, journal: next, log }).recover();
    expect((await lit()).map(({ name }) => name)).toEqual(['HEADLESS-1']);
    expect(next.entries('display')).toEqual([]);
  });

  it('a sway that has ended is told of, and needs no undoing', async () => {
    const own = await openOn(provider, { kind: 'own' });
    await sway.close();
    await own.refresh();
    expect(own.away).toMatch(/sway/);
    await own.close();
    expect(journal.entries('display')).toEqual([]);
    await expect(provider.open(WISH)).rejects.toThrow('No sway runs in this session.');
  });
});

describe('KWin', () => {
  let kwin: KWin;
  let provider: KWinProvider;
  beforeEach(async () => {
    desktop = kwin = await KWin.start({ width: 1280, height: 720 });
    provider = new KWinProvider({ addon, sound: NO_SOUND, uinput, journal, log });
  });
  const outputs = async () =>
    (
      await run('kscreen-doctor', ['-j'], {
        env: { ...kwin.clientEnvironment, QT_QPA_PLATFORM: 'wayland' },
      })
    ).stdout;

  async function nodeExists({ source }: Display): Promise<boolean> {
    if (source.kind !== 'pipewire' || !('serial' in source)) throw new Error('no serial');
    const { stdout } = await run('pw-dump');
    return stdout.includes(`"object.serial": ${source.serial}`);
  }

  it('its screen becomes a node of PipeWire, and goes with the display', async () => {
    const screen = await openOn(provider, {});
    expect(await nodeExists(screen)).toBe(true);
    await screen.close();
    await until(
      async () => ((await nodeExists(screen)) ? undefined : true),
      5000,
      () => 'it stays',
    );
  });

  it('a virtual output of the wished size, which goes with the display', async () => {
    const own = await openOn(provider, { kind: 'own', width: 1366, height: 768 });
    expect(await nodeExists(own)).toBe(true);
    const seen = await outputs();
    expect(seen).toContain('Virtual-earthshine-abababab');
    await own.close();
    await until(
      async () => ((await outputs()).includes('Virtual-earthshine') ? undefined : true),
      5000,
      () => 'it stays',
    );
  });

  it('its monitors are off beside a second screen where the owner wants it, and on when it goes', async () => {
    const lit = async () => {
      const { outputs: all } = JSON.parse(await outputs()) as {
        outputs: { name: string; enabled: boolean }[];
      };
      return all.filter(({ enabled }) => enabled).map(({ name }) => name);
    };
    const before = await lit();
    const own = await openOn(provider, {
      kind: 'own',
      options: { ...WISH.options, monitors: 'off' },
    });
    expect(await lit()).toEqual(['Virtual-earthshine-abababab']);
    await own.close();
    await until(
      async () => ((await lit()).join() === before.join() ? true : undefined),
      5000,
      () => 'they stay dark',
    );
    expect(journal.entries('display')).toEqual([]);
  });

  it('a virtual output of more than 60 Hz has the nearest mode', async () => {
    const mode = { width: 640, height: 360, rateNumerator: 120, rateDenominator: 1 };
    await openOn(provider, { kind: 'own', ...mode });
    const { outputs: all } = JSON.parse(await outputs()) as {
      outputs: {
        name: string;
        currentModeId: string;
        modes: { id: string; refreshRate: number; size: { width: number; height: number } }[];
      }[];
    };
    const made = all.find(({ name }) => name === 'Virtual-earthshine-abababab')!;
    const current = made.modes.find(({ id }) => id === made.currentModeId)!;
    expect(current.size).toMatchObject({ width: 640, height: 360 });
    expect(Math.abs(current.refreshRate - 120)).toBeLessThan(1);
  });

  it('a KWin that has ended is told of at once', async () => {
    const screen = await openOn(provider, {});
    await kwin.close();
    await until(
      () => screen.away,
      5000,
      () => 'nothing was told',
    );
  });
});

describe('Mutter', () => {
  let mutter: Mutter;
  let provider: MutterProvider;
  beforeEach(async () => {
    desktop = mutter = await Mutter.start({ width: 1280, height: 720 });
    provider = new MutterProvider({ addon, sound: NO_SOUND, uinput, log });
  });
  const nodes = async () =>
    (await run('pw-dump')).stdout.match(/"media.class": "(Video\/Source|Stream\/Output\/Video)"/g)
      ?.length ?? 0;

  it('its monitor becomes a node of PipeWire, and goes with the display', async () => {
    expect(await provider.probe(WISH.options)).toMatchObject({
      works: true,
      detail: 'Meta-0 1280×720',
    });
    const screen = await openOn(provider, {});
    expect(screen.source).toMatchObject({ kind: 'pipewire', rate: 'relaxed', cursor: 'metadata' });
    expect(await nodes()).toBe(1);
    await screen.close();
    await until(
      async () => ((await nodes()) === 0 ? true : undefined),
      5000,
      () => 'it stays',
    );
  });

  it("a virtual monitor is there for whoever reads it, at the device's size", async () => {
    const own = await openOn(provider, { kind: 'own', width: 1366, height: 768 });
    expect(own.source).toMatchObject({ kind: 'pipewire', width: 1366, height: 768 });
    await until(
      async () => ((await nodes()) === 1 ? true : undefined),
      5000,
      () => 'there is no node',
    );
  });

  it('a Mutter that has ended is told of at once', async () => {
    const screen = await openOn(provider, {});
    await mutter.close();
    await until(
      () => screen.away,
      5000,
      () => 'nothing was told',
    );
  });
});

describe('gamescope', () => {
  it('its node is found by its process; two have two', async () => {
    const provider = new GamescopeProvider({ addon, sound: NO_SOUND, uinput });
    await expect(provider.open(WISH)).rejects.toThrow('No gamescope runs in this session.');
    const gamescope = await Gamescope.start({ width: 640, height: 360 });
    desktop = gamescope;
    const first = (await openOn(provider, {})).source;
    expect(first).toMatchObject({ kind: 'pipewire', rate: 'variable' });
    const second = await Gamescope.start({ width: 640, height: 360 });
    try {
      const later = (await provider.open(WISH)).source;
      expect(later).toMatchObject({ kind: 'pipewire' });
      expect(later).not.toEqual(first);
    } finally {
      await second.close();
    }
  });
});
