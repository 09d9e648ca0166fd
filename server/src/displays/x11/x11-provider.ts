import { existsSync } from 'node:fs';

import { sessionBusAddress } from '../../dbus/session-bus.ts';
import type { Uinput } from '../uinput.ts';
import { AbsentDesktop, probeOfFailure } from '../absent-desktop.ts';
import type { DisplaySound } from '../desktop-sound.ts';
import type {
  Display,
  DisplayEnvironment,
  DisplayOptions,
  DisplayProbe,
  DisplayProvider,
  DisplayWish,
} from '../display.ts';
import { openX11Display, chosenScreen } from './x11-display.ts';
import type { X11Addon } from './x11-server.ts';
import { X11Server } from './x11-server.ts';

const NO_DISPLAY =
  'There is no X display to stream. Start Earthshine inside the desktop session, or set --display.';

/** Screens of an X server as they are. It makes none of its own: that takes help of the driver. */
export class X11Provider implements DisplayProvider {
  readonly name = 'x11';
  readonly title = 'X11 desktop';
  readonly kinds = ['desktop'] as const;
  readonly #addon: X11Addon;
  readonly #sound: DisplaySound;
  readonly #uinput: Uinput;
  readonly #servers = new Map<string, X11Server>();

  constructor(parts: {
    readonly addon: X11Addon;
    readonly sound: DisplaySound;
    readonly uinput: Uinput;
  }) {
    this.#addon = parts.addon;
    this.#sound = parts.sound;
    this.#uinput = parts.uinput;
  }

  async probe(options: DisplayOptions): Promise<DisplayProbe> {
    const { x11Display } = options;
    if (x11Display === undefined) return probeOfFailure(new AbsentDesktop(NO_DISPLAY));
    const server = this.#server(x11Display);
    // The connection that this one keeps is there when XTest's ends.
    const screens = server.screens();
    screens.catch(() => {});
    const xtest = server.xtest().catch((error: unknown) => ({
      backend: 'xtest' as const,
      usable: false,
      reason: (error as Error).message,
    }));
    try {
      const { area } = chosenScreen(await screens, x11Display, options.screen);
      const detail = `${x11Display}, ${area.width}×${area.height}`;
      return { works: true, detail, input: [await xtest] };
    } catch (error) {
      return probeOfFailure(error, [await xtest]);
    }
  }

  environment({ options }: DisplayWish): DisplayEnvironment {
    const { x11Display } = options;
    return x11Display === undefined ? {} : x11Environment(x11Display);
  }

  async open({ options }: DisplayWish): Promise<Display> {
    const { x11Display, screen, input } = options;
    if (x11Display === undefined) throw new AbsentDesktop(NO_DISPLAY);
    return openX11Display({
      server: this.#server(x11Display),
      name: x11Display,
      screen,
      input,
      environment: x11Environment(x11Display),
      sound: this.#sound,
      uinput: this.#uinput,
    });
  }

  async wake({ x11Display }: DisplayOptions): Promise<void> {
    if (x11Display !== undefined) await this.#server(x11Display).wake();
  }

  #server(display: string): X11Server {
    let server = this.#servers.get(display);
    if (!server) this.#servers.set(display, (server = new X11Server(this.#addon, display)));
    return server;
  }
}

/** A program that finds a Wayland compositor too would show itself there. */
function x11Environment(display: string): DisplayEnvironment {
  const bus = process.env['DBUS_SESSION_BUS_ADDRESS'] ? undefined : systemdBus();
  return {
    DISPLAY: display,
    WAYLAND_DISPLAY: null,
    XDG_SESSION_TYPE: 'x11',
    ...(bus !== undefined && { DBUS_SESSION_BUS_ADDRESS: bus }),
  };
}

/** Of a host that was started outside the session; programs would start a bus of their own. */
function systemdBus(): string | undefined {
  const runtime = process.env['XDG_RUNTIME_DIR'];
  if (!runtime || !existsSync(`${runtime}/bus`)) return undefined;
  return sessionBusAddress(process.env);
}
