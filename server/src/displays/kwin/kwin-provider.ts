import type { Logger } from 'pino';

import type { SourceArea } from '../../native/media-addon.ts';
import type { SessionBusAddon } from '../../native/session-bus-addon.ts';
import type { UndoRecords } from '../../store/undo-journal.ts';
import type { WaylandConnection } from '../../wayland/wayland-connection.ts';
import { WaylandConnection as Connection } from '../../wayland/wayland-connection.ts';
import { chosenInput } from '../chosen-input.ts';
import type {
  Display,
  DisplayEnvironment,
  DisplayInput,
  DisplayOptions,
  DisplayWish,
  OwnInput,
} from '../display.ts';
import { KeptStream } from '../kept-stream.ts';
import { LookedUpDisplay } from '../looked-up-display.ts';
import { OtherMonitors } from '../other-monitors.ts';
import { areaOf, chosenOutput } from '../output-choice.ts';
import { SessionDesktop, type SessionDesktopParts } from '../session-desktop.ts';
import { streamedOver } from '../streamed-over.ts';
import { setCustomMode } from './custom-mode.ts';
import { kwinClientEnvironment, kwinMonitors } from './kwin-monitors.ts';
import {
  connectToKWin,
  findKWin,
  kwinOutputs,
  kwinRate,
  type RunningKWin,
} from './kwin-session.ts';
import type { KWinStream, Screencast } from './screencast.ts';

/** What a virtual output of a device is called: KWin remembers scale and place by it. */
function outputName(device: string): string {
  return `earthshine-${device.slice(0, 8)}`;
}

interface Streaming {
  readonly connection: WaylandConnection;
  readonly screencast: Screencast;
  /** path of the socket of its KWin */
  readonly display: string;
  /** name of the output that is streamed */
  readonly output: string;
  readonly stream: KWinStream;
}

/** Screens of the Plasma session that runs, as they are, and virtual outputs for a device. */
export class KWinProvider extends SessionDesktop<RunningKWin> {
  readonly name = 'kwin';
  readonly title = 'KDE Plasma';
  readonly kinds = ['desktop', 'own'] as const;
  readonly #addon: SessionBusAddon;
  readonly #log: Logger;
  readonly #monitors: OtherMonitors;

  constructor(
    parts: SessionDesktopParts & {
      readonly addon: SessionBusAddon;
      readonly journal: UndoRecords;
      readonly log: Logger;
    },
  ) {
    super(parts);
    this.#addon = parts.addon;
    this.#log = parts.log;
    this.#monitors = new OtherMonitors({
      provider: 'kwin-monitors',
      at: (display) => kwinMonitors(kwinClientEnvironment(display)),
      journal: parts.journal,
      log: parts.log,
    });
  }

  protected find(): Promise<RunningKWin> {
    return findKWin();
  }

  protected environmentOf({ display, busAddress }: RunningKWin): DisplayEnvironment {
    return {
      WAYLAND_DISPLAY: display,
      XDG_SESSION_TYPE: 'wayland',
      XDG_CURRENT_DESKTOP: 'KDE',
      ...(busAddress !== undefined && { DBUS_SESSION_BUS_ADDRESS: busAddress }),
    };
  }

  protected async describe({ display }: RunningKWin, { screen }: DisplayOptions): Promise<string> {
    const connection = await Connection.open(display);
    try {
      const { outputs, primary } = await kwinOutputs(connection);
      const { name, mode } = chosenOutput(outputs, screen, primary);
      return `${name} ${mode.width}×${mode.height}`;
    } finally {
      connection.close();
    }
  }

  recover(): Promise<void> {
    return this.#monitors.recover();
  }

  async open(wish: DisplayWish): Promise<Display> {
    const kwin = await findKWin();
    const rate = await kwinRate(this.#addon, kwin);
    const streaming = new KeptStream(async (lost) =>
      this.#stream(wish, (await findKWin()).display, lost),
    );
    return LookedUpDisplay.open({
      look: async (lost) => {
        const { connection, stream, output: streamed } = await streaming.get(lost);
        const { outputs } = await kwinOutputs(connection);
        const output = chosenOutput(outputs, streamed);
        return {
          source: { kind: 'pipewire', ...stream.node, rate, cursor: 'metadata' },
          input: this.#input(wish.options, kwin, areaOf(output, outputs)),
        };
      },
      release: () =>
        streaming.release(async ({ stream, connection, display, output }) => {
          // Before its screen goes, so that there is always one.
          await this.#monitors.lighten(display, output);
          stream.close();
          connection.close();
        }),
      sound: this.sound,
      environment: this.environmentOf(kwin),
    });
  }

  async #stream(
    wish: DisplayWish,
    path: string,
    lost: (reason: string) => void,
  ): Promise<Streaming> {
    const { connection, screencast } = await connectToKWin(path);
    return streamedOver(connection, lost, async (ended) => {
      const closed = (): void => ended('KWin has ended the stream of this screen.');
      if (wish.kind === 'own') {
        const name = outputName(wish.device);
        const { width, height, deviceName: description } = wish;
        const stream = await screencast.streamVirtualOutput(
          { name, description, width, height },
          closed,
        );
        const output = `Virtual-${name}`;
        const rate = wish.rateNumerator / wish.rateDenominator;
        const environment = kwinClientEnvironment(path);
        const mode = await setCustomMode(output, { width, height, rate }, environment);
        this.#log.info({ output, wished: { width, height, rate }, mode }, 'virtual output made');
        if (wish.options.monitors === 'off') await this.#monitors.darken(path, output);
        return { connection, screencast, display: path, output, stream };
      }
      const { outputs, primary } = await kwinOutputs(connection);
      const output = chosenOutput(outputs, wish.options.screen, primary);
      const stream = await screencast.streamOutput(output, closed);
      return { connection, screencast, display: path, output: output.name, stream };
    });
  }

  #input(
    { input }: DisplayOptions,
    { busAddress, display }: RunningKWin,
    area: SourceArea,
  ): DisplayInput {
    const own: OwnInput | { readonly kind: 'none' } =
      busAddress === undefined
        ? { kind: 'none' }
        : {
            kind: 'ei',
            route: { server: 'kwin', busAddress, waylandDisplay: display },
            area,
            placed: true,
          };
    return chosenInput(input, this.uinput, area, own);
  }
}
