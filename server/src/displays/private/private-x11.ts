import { randomBytes } from 'node:crypto';

import type { SessionBusAddon } from '../../native/session-bus-addon.ts';
import type { SoundAddon } from '../../native/sound-addon.ts';
import type { DisplayInput, DisplayWish } from '../display.ts';
import { X11Server, type X11Addon } from '../x11/x11-server.ts';
import {
  PrivateProvider,
  type PrivateMode,
  type PrivateProviderParts,
  type Shown,
} from './private-provider.ts';
import type { PrivateSession, SessionProgram } from './private-session.ts';
import { admitOwnUser, authorityFile } from './x11-access.ts';

const AUTHORITY = 'Xauthority';

/** An X server that draws in memory, where nothing better runs: no graphics card, no window manager. */
export class PrivateX11Provider extends PrivateProvider {
  readonly name = 'private-x11';
  readonly title = 'Private session: Xvfb';
  readonly kinds = ['private', 'private-x11'] as const;
  protected readonly program = 'Xvfb';
  readonly #x11: X11Addon;

  constructor(
    parts: PrivateProviderParts & { readonly addon: X11Addon & SessionBusAddon & SoundAddon },
  ) {
    super(parts);
    this.#x11 = parts.addon;
  }

  protected async plan({ width, height }: PrivateMode): Promise<SessionProgram> {
    const cookie = randomBytes(16);
    let folder = '';
    return {
      program: this.program,
      // The number of a free display comes on standard output.
      arguments: (place) => {
        folder = place;
        // prettier-ignore
        return ['-displayfd', '1', '-screen', '0', `${width}x${height}x24`, '-nolisten', 'tcp', '-noreset',
          '-auth', `${place}/${AUTHORITY}`];
      },
      environment: { XDG_SESSION_TYPE: 'x11' },
      files: { [AUTHORITY]: authorityFile(cookie) },
      ready: async (output) => {
        const number = output.find((line) => /^\d+$/.test(line));
        if (number === undefined) return undefined;
        await admitOwnUser(Number(number), cookie);
        return {
          DISPLAY: `:${number}`,
          XAUTHORITY: `${folder}/${AUTHORITY}`,
          XDG_SESSION_TYPE: 'x11',
        };
      },
    };
  }

  protected async show(
    session: PrivateSession,
    _mode: PrivateMode,
    { options }: DisplayWish,
  ): Promise<Shown> {
    const { DISPLAY: display } = session.environment;
    if (!display) throw new Error('Xvfb told no display.');
    const server = new X11Server(this.#x11, display);
    return {
      look: async () => {
        const [screen] = await server.screens();
        if (!screen) throw new Error(`The X server ${display} has no screen.`);
        const usable = options.input !== 'none' && (await server.xtest()).usable;
        const input: DisplayInput = usable
          ? { kind: 'xtest', x11Display: display, area: screen.area }
          : { kind: 'none' };
        return { source: { kind: 'x11', display, cursor: true }, input };
      },
    };
  }
}
