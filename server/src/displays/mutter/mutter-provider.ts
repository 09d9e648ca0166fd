import { setTimeout as sleep } from 'node:timers/promises';

import type { Logger } from 'pino';

import { SessionBus } from '../../dbus/session-bus.ts';
import type { SessionBusAddon } from '../../native/session-bus-addon.ts';
import { AbsentDesktop } from '../absent-desktop.ts';
import { findCompositors } from '../compositors.ts';
import { chosenInput } from '../chosen-input.ts';
import type {
  Display,
  DisplayEnvironment,
  DisplayInput,
  DisplayOptions,
  DisplayWish,
} from '../display.ts';
import { KeptStream } from '../kept-stream.ts';
import { LookedUpDisplay } from '../looked-up-display.ts';
import { areaOf, chosenOutput, type PlacedOutput } from '../output-choice.ts';
import { compositorBusAddress } from '../process-environment.ts';
import { SessionDesktop, type SessionDesktopParts } from '../session-desktop.ts';
import { streamedOver } from '../streamed-over.ts';
import { keepOnly, mutterMonitors, type MutterMonitor } from './display-config.ts';
import { startScreenCast, type MutterStream } from './screen-cast.ts';

/** milliseconds: a virtual monitor is there once somebody reads its pictures */
const MONITOR_LIMIT = 20_000;
const LOOK_AGAIN = 300;
const NO_MUTTER = 'No GNOME session with Wayland runs here.';

/** A GNOME that runs. */
interface RunningMutter {
  readonly display: string;
  readonly busAddress: string;
}

interface Streaming {
  readonly bus: SessionBus;
  readonly stream: MutterStream;
  /** connector of the monitor; absent for one that will be there once somebody reads it */
  readonly monitor: string | undefined;
}

/** Monitors of the GNOME session that runs, as they are, and virtual ones for a device. */
export class MutterProvider extends SessionDesktop<RunningMutter> {
  readonly name = 'mutter';
  readonly title = 'GNOME';
  readonly kinds = ['desktop', 'own'] as const;
  readonly #addon: SessionBusAddon;
  readonly #log: Logger;
  /** connectors of devices' own monitors, whose names Mutter never gives again */
  readonly #screens = new Set<string>();

  constructor(
    parts: SessionDesktopParts & { readonly addon: SessionBusAddon; readonly log: Logger },
  ) {
    super(parts);
    this.#addon = parts.addon;
    this.#log = parts.log;
  }

  protected async find(): Promise<RunningMutter> {
    for (const { pid, display } of await findCompositors('mutter')) {
      const busAddress = await compositorBusAddress(pid);
      if (display !== undefined && busAddress !== undefined) return { display, busAddress };
    }
    throw new AbsentDesktop(NO_MUTTER);
  }

  protected environmentOf({ display, busAddress }: RunningMutter): DisplayEnvironment {
    return {
      WAYLAND_DISPLAY: display,
      XDG_SESSION_TYPE: 'wayland',
      XDG_CURRENT_DESKTOP: 'GNOME',
      DBUS_SESSION_BUS_ADDRESS: busAddress,
    };
  }

  protected async describe(
    { busAddress }: RunningMutter,
    { screen }: DisplayOptions,
  ): Promise<string> {
    const bus = new SessionBus(this.#addon, busAddress);
    try {
      const monitors = await mutterMonitors(bus);
      // A session without a monitor still makes virtual ones.
      if (monitors.length === 0) return 'no monitor';
      const { name, mode } = chosenOutput(monitors, screen, primary(monitors));
      return `${name} ${mode.width}×${mode.height}`;
    } finally {
      bus.close();
    }
  }

  async open(wish: DisplayWish): Promise<Display> {
    const mutter = await this.find();
    const streaming = new KeptStream((lost) => this.#stream(wish, lost));
    return LookedUpDisplay.open({
      look: async (lost) => {
        const { stream, bus, monitor } = await streaming.get(lost);
        const isOwn = wish.kind === 'own';
        return {
          source: {
            kind: 'pipewire',
            node: stream.node,
            rate: 'relaxed',
            cursor: 'metadata',
            // Before GNOME 50 the monitor gets the size that its reader asks for.
            ...(isOwn && { width: wish.width, height: wish.height }),
          },
          input: this.#input(wish, mutter, monitor, await mutterMonitors(bus)),
        };
      },
      release: () =>
        streaming.release(async ({ stream, bus }) => {
          await stream.stop();
          bus.close();
        }),
      sound: this.sound,
      environment: this.environmentOf(mutter),
    });
  }

  async #stream(wish: DisplayWish, lost: (reason: string) => void): Promise<Streaming> {
    const bus = new SessionBus(this.#addon, (await this.find()).busAddress);
    return streamedOver(bus, lost, async (ended) => {
      const closed = (): void =>
        ended(
          'GNOME has ended the stream: its screen is locked, the monitor is gone, or it has ended itself.',
        );
      if (wish.kind === 'own') {
        const { width, height } = wish;
        const rate = wish.rateNumerator / wish.rateDenominator;
        const before = (await mutterMonitors(bus)).map(({ name }) => name);
        const stream = await startScreenCast(bus, { width, height, rate }, closed);
        if (wish.options.monitors === 'off') void this.#darkenOthers(bus, before);
        return { bus, stream, monitor: undefined };
      }
      const monitors = await mutterMonitors(bus);
      const { name } = chosenOutput(monitors, wish.options.screen, primary(monitors));
      return { bus, stream: await startScreenCast(bus, name, closed), monitor: name };
    });
  }

  /** Goes on beside the stream, whose monitor it waits for, and ends with its bus. Never rejects. */
  async #darkenOthers(bus: SessionBus, before: readonly string[]): Promise<void> {
    try {
      for (const end = performance.now() + MONITOR_LIMIT; performance.now() < end;) {
        const made = (await mutterMonitors(bus)).find(({ name }) => !before.includes(name));
        if (made) {
          this.#screens.add(made.name);
          await keepOnly(bus, this.#screens);
          return;
        }
        await sleep(LOOK_AGAIN, undefined, { ref: false });
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'the monitors beside a second screen stay on');
    }
  }

  #input(
    { options: { input }, width, height }: DisplayWish,
    { busAddress, display }: RunningMutter,
    monitor: string | undefined,
    all: readonly PlacedOutput[],
  ): DisplayInput {
    const output = all.find(({ name }) => name === monitor);
    // A virtual one will lie right of the others, as Mutter puts it.
    const area = output ? areaOf(output, all) : virtualArea(all, width, height);
    const route = { server: 'mutter', busAddress, waylandDisplay: display } as const;
    return chosenInput(input, this.uinput, area, { kind: 'ei', route, area, placed: true });
  }
}

function virtualArea(all: readonly PlacedOutput[], width: number, height: number) {
  const x = Math.max(0, ...all.map((output) => output.x + output.width));
  const made = { name: '', x, y: 0, width, height };
  return areaOf(made, [...all, made]);
}

function primary(monitors: readonly MutterMonitor[]): string | undefined {
  return monitors.find((monitor) => monitor.primary)?.name;
}
