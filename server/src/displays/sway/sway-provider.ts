import type { Logger } from 'pino';
import * as z from 'zod';

import type { UndoOf, UndoRecords } from '../../store/undo-journal.ts';
import { AbsentDesktop } from '../absent-desktop.ts';
import { findCompositors } from '../compositors.ts';
import { chosenInput } from '../chosen-input.ts';
import type { Display, DisplayEnvironment, DisplayOptions, DisplayWish } from '../display.ts';
import { LookedUpDisplay } from '../looked-up-display.ts';
import { OtherMonitors } from '../other-monitors.ts';
import { areaOf, chosenOutput, type PlacedOutput } from '../output-choice.ts';
import { SessionDesktop, type SessionDesktopParts } from '../session-desktop.ts';
import { SwayIpc, type SwayOutput } from './sway-ipc.ts';
import { swayMonitors } from './sway-monitors.ts';

const NO_SWAY = 'No sway runs in this session.';
/** milliseconds: an output that was asked for is there in one frame */
const OUTPUT_LIMIT = 2_000;

/** A sway that runs: its commands and its display. */
interface RunningSway {
  readonly ipc: SwayIpc;
  readonly socket: string;
  /** path of its Wayland socket */
  readonly display: string;
}

/** An output of a device's own, and the row by which it is taken back. */
interface MadeOutput {
  readonly output: string;
  readonly row: UndoOf<'display'>;
}

const undoState = z.object({
  /** of the sway that it was made in */
  socket: z.string(),
  /** the outputs that there were */
  before: z.array(z.string()),
  /** absent until it is known */
  output: z.string().optional(),
});

/** Screens of the sway that runs, as they are, and outputs of a device's own, which sway makes without a monitor. */
export class SwayProvider extends SessionDesktop<RunningSway> {
  readonly name = 'sway';
  readonly title = 'Sway';
  readonly kinds = ['desktop', 'own'] as const;
  readonly #journal: UndoRecords;
  readonly #log: Logger;
  readonly #monitors: OtherMonitors;
  /** Outputs are told by being new, so that only one is made at a time. */
  #making: Promise<unknown> = Promise.resolve();

  constructor(
    parts: SessionDesktopParts & { readonly journal: UndoRecords; readonly log: Logger },
  ) {
    super(parts);
    this.#journal = parts.journal;
    this.#log = parts.log;
    this.#monitors = new OtherMonitors({
      provider: 'sway-monitors',
      at: swayMonitors,
      journal: parts.journal,
      log: parts.log,
    });
  }

  protected async find(): Promise<RunningSway> {
    for (const { sockets, display } of await findCompositors('sway')) {
      const socket = sockets.find((path) => /\/sway-ipc\.[^/]*$/.test(path));
      if (socket !== undefined && display !== undefined) {
        return { ipc: new SwayIpc(socket), socket, display };
      }
    }
    throw new AbsentDesktop(NO_SWAY);
  }

  protected environmentOf({ display, socket }: RunningSway): DisplayEnvironment {
    return {
      WAYLAND_DISPLAY: display,
      SWAYSOCK: socket,
      XDG_SESSION_TYPE: 'wayland',
      XDG_CURRENT_DESKTOP: 'sway',
    };
  }

  protected async describe(sway: RunningSway, { screen }: DisplayOptions): Promise<string> {
    const outputs = await activeOutputs(sway);
    const { name, mode } = chosenOutput(outputs, screen, focused(outputs));
    return `${await sway.ipc.version()}, ${name} ${mode.width}×${mode.height}`;
  }

  async open(wish: DisplayWish): Promise<Display> {
    const sway = await this.find();
    const { options } = wish;
    const made =
      wish.kind === 'own' ? await this.#inTurn(() => this.#makeOutput(sway, wish)) : undefined;
    // An output that is off gives no picture to begin with.
    if (!made) await this.wake().catch((error: unknown) => this.#log.info({ err: error }, 'dark'));
    if (made && options.monitors === 'off') await this.#monitors.darken(sway.socket, made.output);
    return LookedUpDisplay.open({
      look: async () => {
        const outputs = await activeOutputs(sway);
        const wanted = made?.output ?? options.screen;
        const output = chosenOutput(outputs, wanted, focused(outputs));
        return {
          source: {
            kind: 'wayland-capture',
            display: sway.display,
            output: output.name,
            cursor: true,
          },
          input: chosenInput(options.input, this.uinput, areaOf(output, outputs), {
            kind: 'wlroots',
            display: sway.display,
            output: output.name,
            // Its devices belong to the one output.
            area: areaOf(output, [output]),
            placed: true,
          }),
        };
      },
      ...(made && {
        release: async () => {
          await this.#monitors.lighten(sway.socket, made.output);
          await this.#takeBack(made.row);
        },
      }),
      sound: this.sound,
      environment: this.environmentOf(sway),
    });
  }

  /** What its owner's swayidle, or a key, has switched off. */
  async wake(): Promise<void> {
    const { ipc } = await this.find();
    for (const { name, active, power, dpms } of await ipc.outputs()) {
      if (!active || (power ?? dpms ?? true)) continue;
      await ipc.run(`output ${name} ${power === undefined ? 'dpms' : 'power'} on`);
    }
  }

  async recover(): Promise<void> {
    // Lit before the screen goes, so that there is always one.
    await this.#monitors.recover();
    for (const row of this.#journal.entries('display')) {
      if (row.provider === this.name) await this.#takeBack(row);
    }
  }

  #inTurn<T>(make: () => Promise<T>): Promise<T> {
    const made = this.#making.then(make);
    this.#making = made.catch(() => {});
    return made;
  }

  /** Written down before it is made: a host that is killed between the two takes away what it finds new. */
  async #makeOutput({ ipc, socket }: RunningSway, wish: DisplayWish): Promise<MadeOutput> {
    const before = (await ipc.outputs()).map(({ name }) => name);
    const row = await this.#journal.record({
      kind: 'display',
      provider: this.name,
      state: { socket, before },
    });
    try {
      await ipc.run('create_output');
      const output = await newOutput(ipc, before);
      const rate = wish.rateNumerator / wish.rateDenominator;
      const mode = `${wish.width}x${wish.height}@${rate.toFixed(3)}Hz`;
      await ipc.run(`output ${output} mode --custom ${mode}`);
      await ipc.run(`focus output ${output}`); // what starts now opens there
      const known = await this.#journal.record({ ...row, state: { socket, before, output } });
      await this.#journal.forget(row);
      return { output, row: known };
    } catch (error) {
      await this.#takeBack(row);
      throw error;
    }
  }

  /** Never rejects: what could not be taken back while its sway runs stays written down. */
  async #takeBack(row: UndoOf<'display'>): Promise<void> {
    try {
      const { socket, before, output } = undoState.parse(row.state);
      const ipc = new SwayIpc(socket);
      for (const { name } of await ipc.outputs()) {
        const ours = output === undefined ? isNew(name, before) : name === output;
        if (ours) await ipc.run(`output ${name} unplug`);
      }
    } catch (error) {
      // A sway that has ended took its outputs with it.
      const gone = ['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!gone) {
        this.#log.warn({ err: error, row }, 'an output of sway could not be taken back');
        return;
      }
    }
    await this.#journal
      .forget(row)
      .catch((error: unknown) =>
        this.#log.warn({ err: error }, 'the undo journal could not be written'),
      );
  }
}

type ActiveOutput = PlacedOutput & {
  readonly focused: boolean;
  readonly mode: { readonly width: number; readonly height: number };
};

async function activeOutputs({ ipc }: RunningSway): Promise<ActiveOutput[]> {
  return (await ipc.outputs())
    .filter(({ active }) => active)
    .map(({ name, focused: isFocused, rect, current_mode: mode }: SwayOutput) => ({
      name,
      focused: isFocused,
      ...rect,
      mode: mode ?? rect,
    }));
}

function focused(outputs: readonly ActiveOutput[]): string | undefined {
  return outputs.find((output) => output.focused)?.name;
}

function isNew(name: string, before: readonly string[]): boolean {
  return name.startsWith('HEADLESS-') && !before.includes(name);
}

async function newOutput(ipc: SwayIpc, before: readonly string[]): Promise<string> {
  const end = performance.now() + OUTPUT_LIMIT;
  for (;;) {
    const made = (await ipc.outputs()).find(({ name }) => isNew(name, before));
    if (made) return made.name;
    if (performance.now() > end) {
      throw new Error('sway made no output: does it run with its headless back end?');
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
