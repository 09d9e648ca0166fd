import path from 'node:path';

import type { DesktopAddon, VideoNode } from '../../native/desktop-addon.ts';
import { AbsentDesktop, probeOfFailure } from '../absent-desktop.ts';
import { findCompositors, type Compositor } from '../compositors.ts';
import type { DisplaySound } from '../desktop-sound.ts';
import type {
  Display,
  DisplayEnvironment,
  DisplayInput,
  DisplayOptions,
  DisplayProbe,
  DisplayProvider,
  DisplayWish,
} from '../display.ts';
import { LookedUpDisplay } from '../looked-up-display.ts';
import type { Uinput } from '../uinput.ts';

const NO_GAMESCOPE = 'No gamescope runs in this session.';
const NO_PICTURES =
  'gamescope runs but hands out no pictures: it has no PipeWire stream. It needs to be built with PipeWire, as those of ' +
  'SteamOS and Bazzite are.';
const NODE = 'gamescope';

/** A gamescope that runs, with its pictures. */
interface RunningGamescope {
  readonly compositor: Compositor;
  readonly node: VideoNode;
}

/** The picture of a gamescope that runs, Game Mode above all: at its own mode, whatever is wished for. */
export class GamescopeProvider implements DisplayProvider {
  readonly name = 'gamescope';
  readonly title = 'Game Mode (gamescope)';
  readonly kinds = ['desktop'] as const;
  readonly #addon: DesktopAddon;
  readonly #sound: DisplaySound;
  readonly #uinput: Uinput;
  #environment: DisplayEnvironment = {};

  constructor(parts: {
    readonly addon: DesktopAddon;
    readonly sound: DisplaySound;
    readonly uinput: Uinput;
  }) {
    this.#addon = parts.addon;
    this.#sound = parts.sound;
    this.#uinput = parts.uinput;
  }

  async probe(): Promise<DisplayProbe> {
    try {
      const { compositor } = await this.#find();
      this.#environment = environmentOf(compositor);
      return { works: true, detail: `process ${compositor.pid}`, input: [] };
    } catch (error) {
      return probeOfFailure(error);
    }
  }

  environment(): DisplayEnvironment {
    return this.#environment;
  }

  async open({ options, width, height }: DisplayWish): Promise<Display> {
    const { compositor } = await this.#find();
    return LookedUpDisplay.open({
      look: async () => {
        const { node } = await this.#find();
        return {
          // It draws the cursor itself where it draws one, and tells nothing of it.
          source: { kind: 'pipewire', serial: node.serial, rate: 'variable', cursor: 'hidden' },
          input: this.#input(options, compositor, { width, height }),
        };
      },
      sound: this.#sound,
      environment: environmentOf(compositor),
    });
  }

  /** The newest one with pictures. @throws Error with a sentence */
  async #find(): Promise<RunningGamescope> {
    const compositors = await findCompositors('gamescope');
    if (compositors.length === 0) throw new AbsentDesktop(NO_GAMESCOPE);
    const nodes = (await this.#addon.listVideoNodes()).filter(({ name }) => name === NODE);
    for (const compositor of compositors) {
      const node = nodes.find(({ process }) => process === compositor.pid);
      if (node) return { compositor, node };
    }
    throw new Error(NO_PICTURES);
  }

  #input(
    { input }: DisplayOptions,
    { sockets }: Compositor,
    { width, height }: { readonly width: number; readonly height: number },
  ): DisplayInput {
    // One screen, of which the picture is all: its size is that of the pictures.
    const area = { x: 0, y: 0, width, height, desktopWidth: width, desktopHeight: height };
    if (input === 'uinput' || (input === 'auto' && this.#uinput.look())) {
      return { kind: 'uinput', area };
    }
    const socket = sockets.find((name) => name.endsWith('-ei'));
    if (socket === undefined || (input !== 'auto' && input !== 'desktop')) return { kind: 'none' };
    return { kind: 'ei', route: { server: 'socket', path: socket }, area };
  }
}

function environmentOf({ display }: Compositor): DisplayEnvironment {
  return {
    ...(display !== undefined && { GAMESCOPE_WAYLAND_DISPLAY: path.basename(display) }),
    WAYLAND_DISPLAY: null,
  };
}
