import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import * as z from 'zod';

import type { BusObject } from '../dbus/session-bus.ts';
import type { UndoOf, UndoRecords } from '../store/undo-journal.ts';
import type { Bus, BusOpener } from './bus-opener.ts';

const LOGIND: BusObject = {
  destination: 'org.freedesktop.login1',
  path: '/org/freedesktop/login1',
  interface: 'org.freedesktop.login1.Manager',
};
const SESSION = 'org.freedesktop.login1.Session';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

/** id, user, name, seat, path (org.freedesktop.login1(5), ListSessions) */
const sessions = z.array(
  z.tuple([z.string(), z.number(), z.string(), z.string(), z.string()]).rest(z.unknown()),
);
/** Those with a screen. */
const GRAPHICAL = ['x11', 'wayland', 'mir'];
/** by which the journal knows these rows among those of displays */
const PROVIDER = 'screen-lock';
const undoState = z.object({ path: z.string() });

interface LogindSession {
  readonly bus: Bus;
  readonly object: BusObject;
}

/**
 * The lock of the user's graphical session, as logind knows it: told of, opened for whom the owner permits, and closed
 * again. Which lock screen it is, is the desktop's affair.
 */
export class ScreenLock extends EventEmitter<{ changed: [locked: boolean] }> {
  readonly #buses: BusOpener;
  readonly #journal: UndoRecords;
  readonly #log: Logger;
  #session: LogindSession | undefined;
  #looking: Promise<LogindSession | undefined> | undefined;
  #locked = false;

  constructor(parts: {
    readonly buses: BusOpener;
    readonly journal: UndoRecords;
    readonly log: Logger;
  }) {
    super();
    this.#buses = parts.buses;
    this.#journal = parts.journal;
    this.#log = parts.log;
  }

  /** as it was told last; false where nobody tells */
  get locked(): boolean {
    return this.#locked;
  }

  /** Begins to listen, for as long as somebody streams. May be called twice. Never rejects. */
  async watch(): Promise<void> {
    await (this.#looking ??= this.#look());
  }

  /** Listens no more. May be called twice. */
  rest(): void {
    this.#session?.bus.close();
    this.#session = this.#looking = undefined;
  }

  /**
   * Opens a locked screen. That it was locked is written down first, so that it is locked again by `relock`, at the
   * latest by the next host.
   *
   * @returns whether it was locked
   * @throws Error with a sentence
   */
  async unlock(): Promise<boolean> {
    await this.watch();
    const session = this.#session;
    if (!session || !this.#locked) return false;
    await this.#journal.record({
      kind: 'display',
      provider: PROVIDER,
      state: { path: session.object.path },
    });
    try {
      await session.bus.call(session.object, 'Unlock');
      return true;
    } catch (error) {
      await this.#forget();
      throw new Error(`The screen could not be unlocked: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  /** Locks what was unlocked here. Never rejects; what could not be locked stays written down. */
  async relock(): Promise<void> {
    const rows = this.#rows();
    if (rows.length === 0) return;
    let bus: Bus | undefined;
    try {
      bus = this.#session?.bus ?? this.#buses.system();
      for (const row of rows) {
        const state = undoState.safeParse(row.state);
        if (state.success) await lock(bus, state.data.path);
        await this.#journal.forget(row);
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'the screen that was unlocked could not be locked again');
    } finally {
      if (bus !== this.#session?.bus) bus?.close();
    }
  }

  async #look(): Promise<LogindSession | undefined> {
    let bus: Bus | undefined;
    try {
      bus = this.#buses.system();
      const object = await graphicalSession(bus);
      if (!object) {
        bus.close();
        return undefined;
      }
      const watched = (this.#session = { bus, object });
      bus.on('closed', () => {
        if (this.#session === watched) this.#session = this.#looking = undefined;
      });
      bus.onSignal({ ...object, interface: PROPERTIES }, 'PropertiesChanged', ([name, changed]) => {
        if (name !== SESSION) return;
        const { LockedHint: hint } = changed as { LockedHint?: unknown };
        if (typeof hint === 'boolean') this.#tell(hint);
      });
      this.#tell((await bus.property(object, 'LockedHint')) === true);
      return watched;
    } catch (error) {
      bus?.close();
      this.#session = undefined;
      this.#log.info({ err: error }, 'nobody tells whether the screen is locked');
      return undefined;
    }
  }

  #tell(locked: boolean): void {
    if (locked === this.#locked) return;
    this.#locked = locked;
    this.#log.info({ locked }, 'the screen');
    this.emit('changed', locked);
  }

  #rows(): UndoOf<'display'>[] {
    return this.#journal.entries('display').filter(({ provider }) => provider === PROVIDER);
  }

  async #forget(): Promise<void> {
    for (const row of this.#rows()) await this.#journal.forget(row).catch(() => {});
  }
}

async function lock(bus: Bus, path: string): Promise<void> {
  try {
    await bus.call({ ...LOGIND, path, interface: SESSION }, 'Lock');
  } catch (error) {
    // Who signed out has nothing that could be left open.
    const { busError = '' } = error as { busError?: string };
    if (!/UnknownObject|NoSuchSession/.test(busError)) throw error;
  }
}

/** The session of this user that has a screen, the one in front first. */
async function graphicalSession(bus: Bus): Promise<BusObject | undefined> {
  const [list] = await bus.call(LOGIND, 'ListSessions');
  const found: { object: BusObject; active: boolean }[] = [];
  for (const [, user, , , path] of sessions.parse(list)) {
    if (user !== process.getuid!()) continue;
    const object = { ...LOGIND, path, interface: SESSION };
    if (!GRAPHICAL.includes(String(await bus.property(object, 'Type')))) continue;
    found.push({ object, active: (await bus.property(object, 'Active')) === true });
  }
  return (found.find(({ active }) => active) ?? found[0])?.object;
}
