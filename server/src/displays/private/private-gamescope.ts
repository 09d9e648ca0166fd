import type { DesktopAddon, VideoNode } from '../../native/desktop-addon.ts';
import type { SessionBusAddon } from '../../native/session-bus-addon.ts';
import type { SoundAddon } from '../../native/sound-addon.ts';
import { sessionMembers } from '../../processes/session-members.ts';
import type { DisplayInput, DisplayWish } from '../display.ts';
import {
  PrivateProvider,
  type PrivateMode,
  type PrivateProviderParts,
  type Shown,
} from './private-provider.ts';
import type { PrivateSession, SessionProgram } from './private-session.ts';
import { mayRender } from './programs.ts';

/** milliseconds: its node is there a moment after its displays */
const NODE_LIMIT = 5_000;
const POLL_MS = 50;

/** gamescope without a monitor, for games: at the device's size and in whole Hz. */
export class PrivateGamescopeProvider extends PrivateProvider {
  readonly name = 'private-gamescope';
  readonly title = 'Private session: gamescope';
  readonly kinds = ['private', 'private-gamescope'] as const;
  protected readonly program = 'gamescope';
  readonly #nodes: DesktopAddon;

  constructor(
    parts: PrivateProviderParts & { readonly addon: DesktopAddon & SessionBusAddon & SoundAddon },
  ) {
    super(parts);
    this.#nodes = parts.addon;
  }

  protected async plan({ width, height, rate }: PrivateMode): Promise<SessionProgram> {
    if (!(await mayRender())) {
      throw new Error(
        'gamescope needs a graphics card: no /dev/dri/renderD… is open to this user.',
      );
    }
    return {
      program: this.program,
      // prettier-ignore
      arguments: (_folder, starter) => ['--backend', 'headless', '-W', String(width), '-H', String(height),
        '-w', String(width), '-h', String(height), '-r', String(Math.round(rate)), '--', starter, 'hold'],
      environment: { XDG_CURRENT_DESKTOP: 'gamescope', XDG_SESSION_TYPE: 'x11' },
    };
  }

  protected async show(
    session: PrivateSession,
    { width, height }: PrivateMode,
    { options }: DisplayWish,
  ): Promise<Shown> {
    const { LIBEI_SOCKET: socket } = session.environment;
    const area = { x: 0, y: 0, width, height, desktopWidth: width, desktopHeight: height };
    const input: DisplayInput =
      !socket || options.input === 'none'
        ? { kind: 'none' }
        : { kind: 'ei', route: { server: 'socket', path: session.path(socket) }, area };
    return {
      look: async () => ({
        source: {
          kind: 'pipewire',
          serial: (await this.#node(session)).serial,
          rate: 'variable',
          cursor: 'hidden',
        },
        input,
      }),
    };
  }

  async #node(session: PrivateSession): Promise<VideoNode> {
    const end = performance.now() + NODE_LIMIT;
    for (;;) {
      const nodes = await this.#nodes.listVideoNodes();
      // It may have been started by a script of its name.
      const members = new Set([session.pid, ...(await sessionMembers(session.folder))]);
      const node = nodes.find(({ process }) => members.has(process));
      if (node) return node;
      if (performance.now() > end) {
        throw new Error('gamescope hands out no pictures: it needs to be built with PipeWire.');
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
