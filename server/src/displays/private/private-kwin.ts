import type { DisplayInput, DisplayWish } from '../display.ts';
import { areaOf } from '../output-choice.ts';
import { KeptStream } from '../kept-stream.ts';
import { setCustomMode } from '../kwin/custom-mode.ts';
import { connectToKWin, kwinOutputs, kwinRate } from '../kwin/kwin-session.ts';
import { streamedOver } from '../streamed-over.ts';
import { PrivateProvider, type PrivateMode, type Shown } from './private-provider.ts';
import type { PrivateSession, SessionProgram } from './private-session.ts';
import { findProgram, mayRender } from './programs.ts';

const SOCKET = 'kwin-0';

/** KWin without a monitor. Up to 60 Hz its mode is exact, above that the nearest rate. */
export class PrivateKWinProvider extends PrivateProvider {
  readonly name = 'private-kwin';
  readonly title = 'Private session: KWin';
  readonly kinds = ['private', 'private-kwin'] as const;
  protected readonly program = 'kwin_wayland';

  protected async plan({ width, height }: PrivateMode): Promise<SessionProgram> {
    if (!(await mayRender())) {
      throw new Error(
        'KWin hands out pictures only with a graphics card: no /dev/dri/renderD… is open to this user.',
      );
    }
    if ((await findProgram('dbus-daemon')) === undefined) {
      throw new Error('A second KWin needs a bus of its own: install dbus-daemon.');
    }
    const xwayland = (await findProgram('Xwayland')) === undefined ? [] : ['--xwayland'];
    return {
      program: this.program,
      // prettier-ignore
      arguments: (_folder, starter) => ['--virtual', '--width', String(width), '--height', String(height),
        '--socket', SOCKET, '--no-lockscreen', '--no-global-shortcuts', ...xwayland, starter],
      environment: {
        // Its screens are seen by what runs in it, which is the device's own app.
        KWIN_WAYLAND_NO_PERMISSION_CHECKS: '1',
        XDG_CURRENT_DESKTOP: 'KDE',
        XDG_SESSION_TYPE: 'wayland',
      },
    };
  }

  protected async show(
    session: PrivateSession,
    mode: PrivateMode,
    { options }: DisplayWish,
  ): Promise<Shown> {
    const display = session.path(SOCKET);
    const { busAddress } = session;
    const rate = await kwinRate(this.addon, { display, busAddress });
    const streaming = new KeptStream(async (lost) => {
      const { connection, screencast } = await connectToKWin(display);
      return streamedOver(connection, lost, async (ended) => {
        const [output] = (await kwinOutputs(connection)).outputs;
        if (!output) throw new Error('KWin made no output.');
        const environment = {
          ...process.env,
          XDG_RUNTIME_DIR: session.folder,
          WAYLAND_DISPLAY: SOCKET,
          QT_QPA_PLATFORM: 'wayland',
        };
        const set = await setCustomMode(output.name, mode, environment);
        this.log.info({ output: output.name, wished: mode, mode: set }, 'private output made');
        const stream = await screencast.streamOutput(output, () =>
          ended('KWin has ended the stream of this private session.'),
        );
        return { connection, stream };
      });
    });
    return {
      look: async (lost) => {
        const { connection, stream } = await streaming.get(lost);
        const { outputs } = await kwinOutputs(connection);
        const area = areaOf(outputs[0]!, outputs);
        const input: DisplayInput =
          busAddress === undefined || options.input === 'none'
            ? { kind: 'none' }
            : { kind: 'ei', route: { server: 'kwin', busAddress }, area, placed: true };
        return { source: { kind: 'pipewire', ...stream.node, rate, cursor: 'metadata' }, input };
      },
      release: () =>
        streaming.release(({ stream, connection }) => {
          stream.close();
          connection.close();
        }),
    };
  }
}
