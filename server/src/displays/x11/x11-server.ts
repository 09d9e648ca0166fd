import type { InputAddon, InputProbe } from '../../native/input-addon.ts';
import type { MediaAddon, X11Screen } from '../../native/media-addon.ts';
import { within } from '../deadline.ts';

export type X11Addon = Pick<MediaAddon, 'listX11Screens' | 'wakeX11'> &
  Pick<InputAddon, 'probeXTest'>;

/** milliseconds; a server that hangs is told of, and stops nothing but its own streams */
const ANSWER_LIMIT = 3_000;

/**
 * What an X server is asked, over connections of their own on threads of their own. One call is outstanding at a
 * time, and those who ask the same share its answer: a server that hangs costs one thread, however often it is asked.
 */
export class X11Server {
  readonly #addon: X11Addon;
  readonly #display: string;
  readonly #asked = new Map<string, Promise<unknown>>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(addon: X11Addon, display: string) {
    this.#addon = addon;
    this.#display = display;
  }

  /** @throws Error with a sentence */
  screens(): Promise<readonly X11Screen[]> {
    return this.#ask('screens', () => this.#addon.listX11Screens(this.#display));
  }

  /** @throws Error with a sentence when it does not answer */
  xtest(): Promise<InputProbe> {
    return this.#ask('xtest', () => this.#addon.probeXTest(this.#display));
  }

  /** Its monitors are on, and its screen saver waits anew. @throws Error with a sentence */
  async wake(): Promise<void> {
    await this.#ask('wake', () => this.#addon.wakeX11(this.#display));
  }

  #ask<T>(what: string, call: () => Promise<T>): Promise<T> {
    let answer = this.#asked.get(what) as Promise<T> | undefined;
    if (!answer) {
      answer = this.#turn.then(call).finally(() => this.#asked.delete(what));
      this.#asked.set(what, answer);
      this.#turn = answer.catch(() => {});
    }
    return within(
      ANSWER_LIMIT,
      answer,
      `The X server ${this.#display} has not answered for ${ANSWER_LIMIT / 1000} s. ` +
        'It hangs, or this machine is too busy.',
    );
  }
}
