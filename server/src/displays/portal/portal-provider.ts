import { readFile } from 'node:fs/promises';

import type { Logger } from 'pino';

import { SessionBus } from '../../dbus/session-bus.ts';
import type { SessionBusAddon } from '../../native/session-bus-addon.ts';
import { writeDurably } from '../../store/durable-file.ts';
import { AbsentDesktop } from '../absent-desktop.ts';
import { waylandSession, type WaylandSession } from '../compositors.ts';
import { chosenInput } from '../chosen-input.ts';
import type { Display, DisplayEnvironment, DisplayWish } from '../display.ts';
import { KeptStream } from '../kept-stream.ts';
import { LookedUpDisplay } from '../looked-up-display.ts';
import { SessionDesktop, type SessionDesktopParts } from '../session-desktop.ts';
import { streamedOver } from '../streamed-over.ts';
import { probePortal, startPortalCast, type PortalStream } from './screen-cast-portal.ts';

const NO_WAYLAND = 'No Wayland desktop runs in this session.';

interface Streaming {
  readonly bus: SessionBus;
  readonly stream: PortalStream;
}

/**
 * A monitor of whatever Wayland desktop runs, through its portal: for desktops with nothing better. The desktop asks the
 * person at the PC once, and remembers the answer by a token.
 */
export class PortalProvider extends SessionDesktop<WaylandSession> {
  readonly name = 'portal';
  readonly title = 'Desktop portal';
  readonly kinds = ['desktop'] as const;
  readonly asksPerson = true;
  readonly #addon: SessionBusAddon;
  readonly #tokenFile: string;
  readonly #log: Logger;

  /** @param parts.tokenFile where the desktop's consent is kept; whoever has it needs the user's session too */
  constructor(
    parts: SessionDesktopParts & {
      readonly addon: SessionBusAddon;
      readonly tokenFile: string;
      readonly log: Logger;
    },
  ) {
    super(parts);
    this.#addon = parts.addon;
    this.#tokenFile = parts.tokenFile;
    this.#log = parts.log;
  }

  protected async find(): Promise<WaylandSession> {
    const session = await waylandSession();
    if (!session) throw new AbsentDesktop(NO_WAYLAND);
    return session;
  }

  protected environmentOf({ display, busAddress }: WaylandSession): DisplayEnvironment {
    return {
      WAYLAND_DISPLAY: display,
      XDG_SESSION_TYPE: 'wayland',
      DBUS_SESSION_BUS_ADDRESS: busAddress,
    };
  }

  protected async describe({ busAddress }: WaylandSession): Promise<string> {
    const bus = new SessionBus(this.#addon, busAddress);
    try {
      await probePortal(bus);
      return 'asks at the PC the first time';
    } finally {
      bus.close();
    }
  }

  async open({ options, width, height }: DisplayWish): Promise<Display> {
    const session = await this.find();
    // One monitor of a desktop that tells nothing of the others: positions are right where it is the only one.
    const area = { x: 0, y: 0, width, height, desktopWidth: width, desktopHeight: height };
    const streaming = new KeptStream((lost) => this.#stream(lost));
    return LookedUpDisplay.open({
      look: async (lost) => {
        const { node, cursor } = (await streaming.get(lost)).stream;
        const input = chosenInput(options.input, this.uinput, area, { kind: 'none' });
        // The user's own PipeWire shows the node to programs outside of sandboxes.
        return { source: { kind: 'pipewire', node, rate: 'relaxed', cursor }, input };
      },
      release: () => streaming.release(({ bus }) => bus.close()),
      sound: this.sound,
      environment: this.environmentOf(session),
    });
  }

  async #stream(lost: (reason: string) => void): Promise<Streaming> {
    const bus = new SessionBus(this.#addon, (await this.find()).busAddress);
    return streamedOver(bus, lost, async (ended) => {
      const token = await readFile(this.#tokenFile, 'utf8').catch(() => undefined);
      const stream = await startPortalCast(bus, token, () =>
        ended(
          'The desktop has ended sharing its screen: somebody stopped it at the PC, or it has ended itself.',
        ),
      );
      if (stream.restoreToken !== undefined) {
        await writeDurably(this.#tokenFile, stream.restoreToken).catch((error: unknown) =>
          this.#log.warn({ err: error }, 'the consent to share the screen could not be kept'),
        );
      }
      return { bus, stream };
    });
  }
}
