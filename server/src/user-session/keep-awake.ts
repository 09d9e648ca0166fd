import { closeSync } from 'node:fs';
import type { Logger } from 'pino';

import { variant, type BusObject } from '../dbus/session-bus.ts';
import type { Bus, BusOpener } from './bus-opener.ts';

/** What the streams of the moment need: the machine alone, or the desktop's screen too. */
export type AwakeWish = 'nothing' | 'machine' | 'screen';

const WHO = 'Earthshine';
const WHY = 'A device streams from this PC';

const LOGIND: BusObject = {
  destination: 'org.freedesktop.login1',
  path: '/org/freedesktop/login1',
  interface: 'org.freedesktop.login1.Manager',
};
/** KDE's, and that of most others */
const SCREEN_SAVER: BusObject = {
  destination: 'org.freedesktop.ScreenSaver',
  path: '/org/freedesktop/ScreenSaver',
  interface: 'org.freedesktop.ScreenSaver',
};
const GNOME_SESSION: BusObject = {
  destination: 'org.gnome.SessionManager',
  path: '/org/gnome/SessionManager',
  interface: 'org.gnome.SessionManager',
};
/** gsm-inhibitor-flag: suspend and idle */
const GNOME_FLAGS = 4 | 8;
const MUTTER: BusObject = {
  destination: 'org.gnome.Mutter.DisplayConfig',
  path: '/org/gnome/Mutter/DisplayConfig',
  interface: 'org.gnome.Mutter.DisplayConfig',
};
/** milliseconds; a screen saver waits a minute at least */
const WAKE_AGAIN = 30_000;
/** its PowerSaveMode */
const POWERED_ON = 0;

/**
 * Keeps the machine from sleeping, and the desktop's screen on, unlocked as it is and without a screen saver, while
 * somebody streams. What holds it is a descriptor and a connection, so it ends with the host in whatever way.
 */
export class KeepAwake {
  readonly #buses: BusOpener;
  readonly #wakeScreens: () => Promise<void>;
  readonly #log: Logger;
  #waking: NodeJS.Timeout | undefined;
  #wish: AwakeWish = 'nothing';
  #held: AwakeWish = 'nothing';
  #descriptor: number | undefined;
  #session: Bus | undefined;
  #turn: Promise<void> = Promise.resolve();

  /** @param parts.wakeScreens turns on the screens of desktops that no bus is a way to; never rejects */
  constructor({
    buses,
    wakeScreens,
    log,
  }: {
    readonly buses: BusOpener;
    readonly wakeScreens: () => Promise<void>;
    readonly log: Logger;
  }) {
    this.#buses = buses;
    this.#wakeScreens = wakeScreens;
    this.#log = log;
  }

  /** May be called as often as anything changes. Waits for nothing. */
  want(wish: AwakeWish): void {
    if (wish === this.#wish) return;
    this.#wish = wish;
    this.#turn = this.#turn.then(() => this.#follow());
  }

  /** Lets it sleep again. Never rejects. */
  async close(): Promise<void> {
    this.want('nothing');
    await this.#turn;
  }

  async #follow(): Promise<void> {
    const wish = this.#wish;
    if (wish === this.#held) return;
    const hadScreen = this.#held === 'screen';
    this.#held = wish;
    if (wish === 'nothing') this.#letSleep();
    else if (this.#descriptor === undefined) await this.#holdMachine();
    if (wish === 'screen' && !hadScreen) await this.#holdScreen();
    if (wish !== 'screen') this.#letScreen();
    this.#log.info({ awake: wish, sleep: this.#descriptor !== undefined }, 'kept awake');
  }

  async #holdMachine(): Promise<void> {
    const bus = this.#open('system');
    try {
      const [descriptor] =
        (await bus?.call(LOGIND, 'Inhibit', 'ssss', ['sleep:idle', WHO, WHY, 'block'])) ?? [];
      this.#descriptor = descriptor as number | undefined;
    } catch (error) {
      this.#log.info({ err: error }, 'logind does not keep this machine awake');
    } finally {
      bus?.close();
    }
  }

  #letSleep(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  /** Each desktop has its own door; those that nobody stands behind are not started by knocking. */
  async #holdScreen(): Promise<void> {
    // A moment for that is over soon: it is begun anew before a screen saver's shortest minute.
    void this.#wakeScreens();
    clearInterval(this.#waking);
    this.#waking = setInterval(() => void this.#wakeScreens(), WAKE_AGAIN).unref();
    const bus = (this.#session = this.#open('session'));
    if (!bus) return;
    bus.on('closed', () => {
      if (this.#session === bus) this.#session = undefined;
    });
    const attempt = async (object: BusObject, work: () => Promise<unknown>): Promise<void> => {
      try {
        if (await bus.hasOwner(object.destination)) await work();
      } catch (error) {
        this.#log.info({ err: error, asked: object.destination }, 'the screen is not kept on');
      }
    };
    await attempt(SCREEN_SAVER, async () => {
      await bus.call(SCREEN_SAVER, 'Inhibit', 'ss', [WHO, WHY]);
      await bus.call(SCREEN_SAVER, 'SimulateUserActivity');
    });
    await attempt(GNOME_SESSION, () =>
      bus.call(GNOME_SESSION, 'Inhibit', 'susu', [WHO, 0, WHY, GNOME_FLAGS]),
    );
    await attempt(MUTTER, () =>
      bus.call({ ...MUTTER, interface: 'org.freedesktop.DBus.Properties' }, 'Set', 'ssv', [
        MUTTER.interface,
        'PowerSaveMode',
        variant('i', POWERED_ON),
      ]),
    );
  }

  /** Inhibitors of the session end with the connection that asked for them. */
  #letScreen(): void {
    clearInterval(this.#waking);
    this.#session?.close();
    this.#session = undefined;
  }

  #open(bus: 'system' | 'session'): Bus | undefined {
    try {
      return this.#buses[bus]();
    } catch (error) {
      this.#log.info({ err: error }, `there is no ${bus} bus to keep this machine awake by`);
      return undefined;
    }
  }
}
