import { cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SessionBus } from '../../server/src/dbus/session-bus.ts';
import { NO_SOUND } from '../../server/src/displays/desktop-sound.ts';
import type { Display } from '../../server/src/displays/display.ts';
import { PortalProvider } from '../../server/src/displays/portal/portal-provider.ts';
import { Uinput } from '../../server/src/displays/uinput.ts';
import { nativeAddon } from '../../server/src/native/addon.ts';
import { TestProcess, until } from '../e2e/support/processes.ts';
import { Sway, sessionEnvironment } from './support/compositors.ts';
import { WISH } from './support/wish.ts';

// The portal of wlroots on sway, which asks nobody when it is told so.

const addon = nativeAddon();
let folder: string;
let sway: Sway;
let programs: TestProcess[];
let provider: PortalProvider;
let display: Display | undefined;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'portal-'));
  cpSync('/usr/share/xdg-desktop-portal/portals/wlr.portal', path.join(folder, 'wlr.portal'));
  const config = path.join(folder, 'wlr.ini');
  writeFileSync(config, '[screencast]\noutput_name=HEADLESS-1\nchooser_type=none\n');
  sway = await Sway.start({ width: 1280, height: 720 });
  const env = { ...sway.clientEnvironment, XDG_DESKTOP_PORTAL_DIR: folder };
  const start = (file: string, ...args: string[]) =>
    new TestProcess(path.basename(file), file, args, { env });
  // One after the other, or the bus starts them by itself, which knows nothing of this sway.
  programs = [start('/usr/libexec/xdg-desktop-portal-wlr', '-r', '-c', config)];
  await owns('org.freedesktop.impl.portal.desktop.wlr');
  programs.push(start('/usr/libexec/xdg-desktop-portal', '-r'));
  await owns('org.freedesktop.portal.Desktop');
  provider = new PortalProvider({
    addon,
    sound: NO_SOUND,
    uinput: new Uinput(addon),
    tokenFile: path.join(folder, 'token'),
    log: pino({ level: 'silent' }),
  });
});
afterEach(async () => {
  await display?.close();
  for (const program of programs) await program.close();
  await sway.close();
  await rm(folder, { recursive: true });
});

/** Waits until the newest program has taken a name: the bus may have started another one for an earlier test. */
async function owns(name: string): Promise<void> {
  const bus = new SessionBus(addon, sessionEnvironment()['DBUS_SESSION_BUS_ADDRESS']!);
  const { pid } = programs.at(-1)!.child;
  await until(
    async () => {
      const owner = await bus.call(BUS, 'GetConnectionUnixProcessID', 's', [name]).catch(() => []);
      return owner[0] === pid || undefined;
    },
    20_000,
    () => `${name} is not taken: ${programs.map(({ output }) => output).join('\n')}`,
  );
  bus.close();
}

const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};

it('a monitor is shared, and the consent is kept', async () => {
  expect(await provider.probe({ input: 'auto' })).toMatchObject({ works: true });
  display = await provider.open(WISH);
  expect(display.source).toMatchObject({ kind: 'pipewire', cursor: 'embedded' });
  expect((await readFile(path.join(folder, 'token'), 'utf8')).length).toBeGreaterThan(10);
});

it('a portal that ends is told of', async () => {
  display = await provider.open(WISH);
  for (const program of programs) await program.close();
  await until(
    () => display!.away,
    5000,
    () => 'nothing was told',
  );
});
