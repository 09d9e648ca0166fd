import type { Logger } from 'pino';
import path from 'node:path';
import * as z from 'zod';

import { SessionBus, type BusObject } from '../../dbus/session-bus.ts';
import type { SessionBusAddon } from '../../native/session-bus-addon.ts';
import type { SoundAddon } from '../../native/sound-addon.ts';
import type { UndoOf, UndoRecords } from '../../store/undo-journal.ts';
import type {
  Display,
  DisplayEnvironment,
  DisplayKind,
  DisplayProbe,
  DisplayProvider,
  DisplayWish,
} from '../display.ts';
import { LookedUpDisplay, type Seen } from '../looked-up-display.ts';
import { PrivateSession, type SessionProgram } from './private-session.ts';
import { PrivateSound } from './private-sound.ts';
import { findProgram } from './programs.ts';

export interface PrivateProviderParts {
  readonly addon: SessionBusAddon & SoundAddon;
  readonly journal: UndoRecords;
  readonly log: Logger;
}

/** What the device is to get, as the compositors call it. */
export interface PrivateMode {
  readonly width: number;
  readonly height: number;
  /** Hz */
  readonly rate: number;
}

/** How a session that runs is seen. */
export interface Shown {
  /** @throws Error with a sentence while it cannot be seen */
  look(lost: (reason: string) => void): Promise<Seen>;
  /** before its programs are ended */
  release?(): Promise<void>;
}

const undoState = z.object({ folder: z.string() });

const BUS: BusObject = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
};

/**
 * A compositor that is started for one device and ends with its app: it needs no monitor, nobody sees it on the PC,
 * and several run at once. Each kind is a class that says what to run and how it is seen.
 */
export abstract class PrivateProvider implements DisplayProvider {
  abstract readonly name: string;
  abstract readonly title: string;
  abstract readonly kinds: readonly DisplayKind[];
  protected readonly addon: SessionBusAddon & SoundAddon;
  protected readonly log: Logger;
  readonly #journal: UndoRecords;
  /** why the last one did not start; a new version may do better, so it is tried again whenever it is wanted */
  #refusal: string | undefined;

  constructor({ addon, journal, log }: PrivateProviderParts) {
    this.addon = addon;
    this.log = log;
    this.#journal = journal;
  }

  /** name of the program that shows it */
  protected abstract readonly program: string;
  /** @throws Error with a sentence for a machine or an app that it cannot serve */
  protected abstract plan(mode: PrivateMode): Promise<SessionProgram>;
  /** once it runs */
  protected abstract show(
    session: PrivateSession,
    mode: PrivateMode,
    wish: DisplayWish,
  ): Promise<Shown>;
  /** an app that has none of its own to show: whether there is something to see */
  protected readonly showsWithoutApp: boolean = false;

  async probe(): Promise<DisplayProbe> {
    try {
      if ((await findProgram(this.program)) === undefined) {
        throw new Error(`${this.program} is not installed.`);
      }
      await this.plan({ width: 1280, height: 720, rate: 60 });
      if (this.#refusal !== undefined) throw new Error(this.#refusal);
      return { works: true, detail: 'started when an app wants it', input: [] };
    } catch (error) {
      return { works: false, detail: (error as Error).message, input: [] };
    }
  }

  /** What prepares an app runs in the user's own session. */
  environment(): DisplayEnvironment {
    return {};
  }

  async open(wish: DisplayWish): Promise<Display> {
    if (wish.hasCommand !== true && !this.showsWithoutApp) {
      throw new Error(
        'A private session of this kind shows nothing but its app: give the app a command.',
      );
    }
    try {
      const display = await this.#start(wish);
      this.#refusal = undefined;
      return display;
    } catch (error) {
      this.#refusal = (error as Error).message;
      throw error;
    }
  }

  async recover(): Promise<void> {
    for (const row of this.#journal.entries('display')) {
      if (row.provider !== this.name) continue;
      const state = undoState.safeParse(row.state);
      if (state.success) await PrivateSession.remove(state.data.folder);
      await this.#forget(row);
    }
  }

  async #start(wish: DisplayWish): Promise<Display> {
    const { width, height } = wish;
    const mode = { width, height, rate: wish.rateNumerator / wish.rateDenominator };
    const plan = await this.plan(mode);
    let row: UndoOf<'display'> | undefined;
    const record = async (state: { folder: string }): Promise<void> => {
      row = await this.#journal.record({ kind: 'display', provider: this.name, state });
    };
    let session: PrivateSession | undefined;
    let sound: PrivateSound | undefined;
    const release = async (): Promise<void> => {
      await session?.close();
      await sound?.close();
      if (row) await this.#forget(row);
    };
    try {
      const running = (session = await PrivateSession.start(plan, record, this.log));
      sound = await this.#sound(running, wish);
      const environment = { ...running.environment, ...sound.environment };
      await this.#tellBus(running, environment);
      const shown = await this.show(running, mode, wish);
      let lost = (_reason: string): void => {};
      running.onEnd((reason) => lost(reason));
      return await LookedUpDisplay.open({
        look: async (tell) => {
          lost = tell;
          if (running.ended !== undefined) throw new Error(running.ended);
          return shown.look(tell);
        },
        release: async () => {
          await shown.release?.().catch(() => {});
          await release();
        },
        sound,
        environment,
        slowToShow: true,
      });
    } catch (error) {
      await release();
      throw error;
    }
  }

  #sound(session: PrivateSession, wish: DisplayWish): Promise<PrivateSound> {
    const name = `earthshine-${path.basename(session.folder)}`;
    const description = `Earthshine: ${wish.deviceName}`;
    return PrivateSound.make(this.addon, name, description, wish.channels ?? 2);
  }

  /** For what the session's bus starts when it is asked for, such as portals. */
  async #tellBus(session: PrivateSession, environment: DisplayEnvironment): Promise<void> {
    if (session.busAddress === undefined) return;
    const bus = new SessionBus(this.addon, session.busAddress);
    try {
      const given = Object.fromEntries(
        Object.entries(environment).filter(
          (variable): variable is [string, string] => variable[1] !== null,
        ),
      );
      await bus.call(BUS, 'UpdateActivationEnvironment', 'a{ss}', [given]);
    } catch (error) {
      this.log.info({ err: error }, 'the bus of a private session was not told its variables');
    } finally {
      bus.close();
    }
  }

  async #forget(row: UndoOf<'display'>): Promise<void> {
    await this.#journal
      .forget(row)
      .catch((error: unknown) =>
        this.log.warn({ err: error }, 'the undo journal could not be written'),
      );
  }
}
