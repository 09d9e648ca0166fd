import type { BusObject } from '../dbus/session-bus.ts';
import type { BusOpener } from './bus-opener.ts';

const LOGIND: BusObject = {
  destination: 'org.freedesktop.login1',
  path: '/org/freedesktop/login1',
  interface: 'org.freedesktop.login1.Manager',
};
/** milliseconds; logind answers a question at once, and Suspend before the machine sleeps */
const LIMIT = 5_000;

/** The sleep of this machine, by logind. Nothing here waits on the thread that calls it. */
export class MachineSleep {
  readonly #buses: BusOpener;

  constructor(buses: BusOpener) {
    this.#buses = buses;
  }

  /** Why it cannot sleep, or may not for this user, as a sentence; undefined: it can. Never rejects. */
  async refusal(): Promise<string | undefined> {
    try {
      const [answer] = await this.#ask('CanSuspend');
      switch (answer) {
        case 'yes':
          return undefined;
        case 'challenge':
          return 'This PC asks for a password before it sleeps, which nobody could give here.';
        case 'na':
          return 'This PC cannot sleep.';
        default:
          return 'This user may not send the PC to sleep.';
      }
    } catch (error) {
      return `Nobody here sends the PC to sleep: ${(error as Error).message}`;
    }
  }

  /** @throws Error with a sentence */
  async begin(): Promise<void> {
    try {
      // Not interactive: no dialog on the PC's screen.
      await this.#ask('Suspend', 'b', [false]);
    } catch (error) {
      throw new Error(`The PC did not go to sleep: ${(error as Error).message}`, { cause: error });
    }
  }

  async #ask(
    member: string,
    signature?: string,
    body?: readonly boolean[],
  ): Promise<readonly unknown[]> {
    const bus = this.#buses.system();
    try {
      return await bus.call(LOGIND, member, signature, body, LIMIT);
    } finally {
      bus.close();
    }
  }
}
