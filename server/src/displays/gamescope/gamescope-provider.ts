import path from 'node:path';

import type { DesktopAddon, VideoNode } from '../../native/desktop-addon.ts';
import { AbsentDesktop } from '../absent-desktop.ts';
import { chosenInput } from '../chosen-input.ts';
import { findCompositors, type Compositor } from '../compositors.ts';
import type { Display, DisplayEnvironment, DisplayWish, OwnInput } from '../display.ts';
import { LookedUpDisplay } from '../looked-up-display.ts';
import { SessionDesktop, type SessionDesktopParts } from '../session-desktop.ts';

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
export class GamescopeProvider extends SessionDesktop<RunningGamescope> {
  readonly name = 'gamescope';
  readonly title = 'Game Mode (gamescope)';
  readonly kinds = ['desktop', 'game-mode'] as const;
  readonly #addon: DesktopAddon;

  constructor(parts: SessionDesktopParts & { readonly addon: DesktopAddon }) {
    super(parts);
    this.#addon = parts.addon;
  }

  /** The newest one with pictures. */
  protected async find(): Promise<RunningGamescope> {
    const compositors = await findCompositors('gamescope');
    if (compositors.length === 0) throw new AbsentDesktop(NO_GAMESCOPE);
    const nodes = (await this.#addon.listVideoNodes()).filter(({ name }) => name === NODE);
    for (const compositor of compositors) {
      const node = nodes.find(({ process }) => process === compositor.pid);
      if (node) return { compositor, node };
    }
    throw new Error(NO_PICTURES);
  }

  protected environmentOf({ compositor: { display } }: RunningGamescope): DisplayEnvironment {
    return {
      ...(display !== undefined && { GAMESCOPE_WAYLAND_DISPLAY: path.basename(display) }),
      WAYLAND_DISPLAY: null,
    };
  }

  protected async describe({ compositor }: RunningGamescope): Promise<string> {
    return `process ${compositor.pid}`;
  }

  async open({ options, width, height }: DisplayWish): Promise<Display> {
    const running = await this.find();
    // One screen, of which the picture is all: its size is that of the pictures.
    const area = { x: 0, y: 0, width, height, desktopWidth: width, desktopHeight: height };
    const socket = running.compositor.sockets.find((name) => name.endsWith('-ei'));
    const { display } = running.compositor;
    const own: OwnInput | { readonly kind: 'none' } =
      socket === undefined
        ? { kind: 'none' }
        : {
            kind: 'ei',
            route: {
              server: 'socket',
              path: socket,
              ...(display !== undefined && { waylandDisplay: display }),
            },
            area,
          };
    return LookedUpDisplay.open({
      look: async () => {
        const { node } = await this.find();
        return {
          // It draws the cursor itself where it draws one, and tells nothing of it.
          source: { kind: 'pipewire', serial: node.serial, rate: 'variable', cursor: 'hidden' },
          input: chosenInput(options.input, this.uinput, area, own),
        };
      },
      sound: this.sound,
      environment: this.environmentOf(running),
    });
  }
}
