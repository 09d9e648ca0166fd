import { EventEmitter } from 'node:events';

import type { DisplaySound } from './desktop-sound.ts';
import type {
  Display,
  DisplayEnvironment,
  DisplayEvents,
  DisplayInput,
  DisplaySource,
} from './display.ts';

/** How a display is at the moment. */
export interface Seen {
  readonly source: DisplaySource;
  readonly input: DisplayInput;
}

export interface LookedUpDisplayParts {
  /**
   * Asks the desktop.
   *
   * @param lost for a desktop that says it is gone before anybody asks again
   * @throws Error with a sentence while it cannot be seen
   */
  readonly look: (lost: (reason: string) => void) => Promise<Seen>;
  /** Takes back what was made for it; may fail. */
  readonly release?: () => Promise<void>;
  readonly sound: DisplaySound;
  readonly environment: DisplayEnvironment;
  readonly slowToShow?: boolean;
}

/** A display of a desktop that is asked how it is, whenever somebody wants to know. */
export class LookedUpDisplay extends EventEmitter<DisplayEvents> implements Display {
  readonly sound: DisplaySound;
  readonly environment: DisplayEnvironment;
  readonly slowToShow: boolean;
  readonly #parts: LookedUpDisplayParts;
  #seen: Seen = { source: { kind: 'test-pattern' }, input: { kind: 'none' } };
  #away: string | undefined;
  #closing: Promise<void> | undefined;

  private constructor(parts: LookedUpDisplayParts) {
    super();
    this.#parts = parts;
    this.sound = parts.sound;
    this.environment = parts.environment;
    this.slowToShow = parts.slowToShow ?? false;
  }

  /** @throws Error with a sentence when it cannot be seen */
  static async open(parts: LookedUpDisplayParts): Promise<LookedUpDisplay> {
    const display = new LookedUpDisplay(parts);
    try {
      display.#seen = await parts.look(display.#lost);
      return display;
    } catch (error) {
      await display.close();
      throw error;
    }
  }

  get source(): DisplaySource {
    return this.#seen.source;
  }

  get input(): DisplayInput {
    return this.#seen.input;
  }

  get away(): string | undefined {
    return this.#away;
  }

  async refresh(): Promise<void> {
    if (this.#closing) return;
    let seen: Seen;
    try {
      seen = await this.#parts.look(this.#lost);
    } catch (error) {
      this.#lost((error as Error).message);
      return;
    }
    const wasAway = this.#away !== undefined;
    this.#away = undefined;
    const changed = JSON.stringify(seen) !== JSON.stringify(this.#seen);
    this.#seen = seen;
    if (wasAway) this.emit('back');
    if (changed) this.emit('changed');
  }

  close(): Promise<void> {
    this.#closing ??= (this.#parts.release?.() ?? Promise.resolve()).catch(() => {});
    return this.#closing;
  }

  readonly #lost = (reason: string): void => {
    if (this.#closing) return;
    if (this.#away === undefined) this.emit('away', reason);
    this.#away = reason;
  };
}
