import { readdir } from 'node:fs/promises';

import type { DisplayWish } from '../display.ts';
import { SwayIpc } from '../sway/sway-ipc.ts';
import { rendererAnswers } from './programs.ts';
import { PrivateProvider, type PrivateMode, type Shown } from './private-provider.ts';
import type { PrivateSession, SessionProgram } from './private-session.ts';

/** The only output of a headless sway. */
const OUTPUT = 'HEADLESS-1';

/** sway without a monitor: modes are exact, and it runs without a graphics card. */
export class PrivateSwayProvider extends PrivateProvider {
  readonly name = 'private-sway';
  readonly title = 'Private session: sway';
  readonly kinds = ['private', 'private-sway'] as const;
  protected readonly program = 'sway';
  /** its own menu and terminal */
  protected override readonly showsWithoutApp = true;

  protected async plan({ width, height, rate }: PrivateMode): Promise<SessionProgram> {
    return {
      program: this.program,
      arguments: (folder) => ['-c', `${folder}/sway.config`],
      environment: {
        WLR_BACKENDS: 'headless',
        WLR_HEADLESS_OUTPUTS: '1',
        WLR_LIBINPUT_NO_DEVICES: '1',
        XDG_SESSION_TYPE: 'wayland',
        XDG_CURRENT_DESKTOP: 'sway',
        ...(!(await rendererAnswers()) && { WLR_RENDERER: 'pixman' }),
      },
      files: {
        'sway.config': [
          'include /etc/sway/config',
          `output ${OUTPUT} mode --custom ${width}x${height}@${rate.toFixed(3)}Hz position 0 0 scale 1`,
          'default_border none',
          'exec "$XDG_RUNTIME_DIR/starter"',
          '',
        ].join('\n'),
      },
    };
  }

  protected async show(
    session: PrivateSession,
    { width, height }: PrivateMode,
    { options }: DisplayWish,
  ): Promise<Shown> {
    const { WAYLAND_DISPLAY: name } = session.environment;
    if (!name) throw new Error('sway told no display.');
    const display = session.path(name);
    const ipc = new SwayIpc(await ipcSocket(session));
    return {
      look: async () => {
        if (!(await ipc.outputs()).some((output) => output.active && output.name === OUTPUT)) {
          throw new Error('The output of this private session is off.');
        }
        const area = { x: 0, y: 0, width, height, desktopWidth: width, desktopHeight: height };
        const wlroots = { kind: 'wlroots', display, output: OUTPUT, area, placed: true } as const;
        return {
          source: { kind: 'wayland-capture', display, output: OUTPUT, cursor: true },
          input: options.input === 'none' ? { kind: 'none' } : wlroots,
        };
      },
    };
  }
}

async function ipcSocket(session: PrivateSession): Promise<string> {
  const name = (await readdir(session.folder)).find((file) => file.startsWith('sway-ipc.'));
  if (name === undefined) throw new Error('sway opened no socket for commands.');
  return session.path(name);
}
