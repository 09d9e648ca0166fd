import type { Logger } from 'pino';

import { isScreenAlone, type App } from '../apps/apps.ts';
import type { Options } from '../config/options.ts';
import type { Device } from '../devices/devices.ts';
import type { DesktopSound } from '../displays/desktop-sound.ts';
import { isHostAction, type DisplayOptions } from '../displays/display.ts';
import { Displays } from '../displays/displays.ts';
import { GamescopeProvider } from '../displays/gamescope/gamescope-provider.ts';
import { KWinProvider } from '../displays/kwin/kwin-provider.ts';
import { MutterProvider } from '../displays/mutter/mutter-provider.ts';
import { PortalProvider } from '../displays/portal/portal-provider.ts';
import { PrivateGamescopeProvider } from '../displays/private/private-gamescope.ts';
import { PrivateKWinProvider } from '../displays/private/private-kwin.ts';
import { PrivateSwayProvider } from '../displays/private/private-sway.ts';
import { PrivateX11Provider } from '../displays/private/private-x11.ts';
import { InputOnlyProvider } from '../displays/card/input-only.ts';
import type { HostActionProvider } from '../displays/host-action/host-action-provider.ts';
import { SwayProvider } from '../displays/sway/sway-provider.ts';
import { TestPatternProvider } from '../displays/test-pattern.ts';
import { Uinput } from '../displays/uinput.ts';
import { X11Provider } from '../displays/x11/x11-provider.ts';
import type { NativeAddon } from '../native/addon.ts';
import type { UndoJournal } from '../store/undo-journal.ts';

/** Every kind of desktop that this host knows, in the order in which they are asked. */
export function hostDisplays(parts: {
  readonly addon: NativeAddon;
  readonly sound: DesktopSound;
  readonly journal: UndoJournal;
  readonly options: Options;
  /** where the consent of a desktop's portal is kept */
  readonly tokenFile: string;
  /** what the host does for devices */
  readonly actions?: readonly HostActionProvider[];
  readonly hint?: () => string | undefined;
  readonly log: Logger;
}): Displays {
  const { addon, sound, journal, options, tokenFile, log } = parts;
  const uinput = new Uinput(addon);
  const displays: Displays = new Displays({
    // A Wayland desktop before the X server that it runs for older programs.
    providers: [
      // Game Mode before the desktop that waits behind it.
      new GamescopeProvider({ addon, sound, uinput }),
      new KWinProvider({ addon, sound, uinput, journal, log }),
      new MutterProvider({ addon, sound, uinput, log }),
      new SwayProvider({ sound, uinput, journal, log }),
      // Before X11, which on a Wayland desktop has nothing but its older programs' windows.
      new PortalProvider({ addon, sound, uinput, tokenFile, log }),
      new X11Provider({ addon, sound, uinput }),
      // The best for games first; what needs no graphics card comes last.
      new PrivateGamescopeProvider({ addon, journal, log }),
      new PrivateKWinProvider({ addon, journal, log }),
      new PrivateSwayProvider({ addon, journal, log }),
      new PrivateX11Provider({ addon, journal, log }),
      new TestPatternProvider(),
      new InputOnlyProvider({ uinput, desktop: (wish) => displays.acquireUnasked(wish) }),
      ...(parts.actions ?? []),
    ],
    options: () => displayOptions(options),
    uinput,
    ...(parts.hint && { hint: parts.hint }),
    log,
  });
  return displays;
}

function displayOptions({ desktop, display, screen, input, monitors }: Options): DisplayOptions {
  return {
    ...(desktop !== 'auto' && { provider: desktop }),
    ...(display !== undefined && { x11Display: display }),
    ...(screen !== undefined && { screen }),
    input,
    monitors,
  };
}

/** An app that could never start here, or not for this device, is no use in its list. */
export function isListed(
  app: App,
  { hostActions }: Pick<Device, 'hostActions'>,
  displays: Pick<Displays, 'offers'>,
): boolean {
  if (isHostAction(app.source)) return hostActions && displays.offers(app.source);
  if (app.source === 'game-mode') return displays.offers('game-mode');
  return !isScreenAlone(app) || displays.offers('own');
}
