import { probeOfFailure } from './absent-desktop.ts';
import type { DisplaySound } from './desktop-sound.ts';
import type {
  Display,
  DisplayEnvironment,
  DisplayKind,
  DisplayOptions,
  DisplayProbe,
  DisplayProvider,
  DisplayWish,
} from './display.ts';
import type { Uinput } from './uinput.ts';

export interface SessionDesktopParts {
  readonly sound: DisplaySound;
  readonly uinput: Uinput;
}

/**
 * A kind of desktop that is looked for among what runs in the user's session.
 *
 * @typeParam Running one that was found
 */
export abstract class SessionDesktop<Running> implements DisplayProvider {
  abstract readonly name: string;
  abstract readonly title: string;
  abstract readonly kinds: readonly DisplayKind[];
  protected readonly sound: DisplaySound;
  protected readonly uinput: Uinput;
  #environment: DisplayEnvironment = {};

  constructor({ sound, uinput }: SessionDesktopParts) {
    this.sound = sound;
    this.uinput = uinput;
  }

  /** @throws AbsentDesktop where none runs, Error with a sentence for one that runs and cannot be used */
  protected abstract find(): Promise<Running>;
  /** what programs need to run on it */
  protected abstract environmentOf(running: Running): DisplayEnvironment;
  /** The status's line. @throws Error with a sentence where there is nothing to stream */
  protected abstract describe(running: Running, options: DisplayOptions): Promise<string>;
  abstract open(wish: DisplayWish): Promise<Display>;

  async probe(options: DisplayOptions): Promise<DisplayProbe> {
    try {
      const running = await this.find();
      this.#environment = this.environmentOf(running);
      return { works: true, detail: await this.describe(running, options), input: [] };
    } catch (error) {
      return probeOfFailure(error);
    }
  }

  /** That of the one which the last look found. */
  environment(): DisplayEnvironment {
    return this.#environment;
  }
}
