import type { InputAddon } from '../native/input-addon.ts';
import { Gamepads } from './gamepads.ts';

/** The pads of each host session, over all the connections that its client makes. */
export class GamepadSets {
  readonly #addon: () => InputAddon;
  readonly #sets = new Map<number, Gamepads>();

  /** @param addon loads the native part when the first pad is opened */
  constructor(addon: () => InputAddon) {
    this.#addon = addon;
  }

  /**
   * The pads of one owner, made when there are none yet.
   *
   * @param owner absent: pads that nobody else asks for
   */
  of(owner: number | undefined, clientName: string): Gamepads {
    const known = owner === undefined ? undefined : this.#sets.get(owner);
    if (known) return known;
    const pads = new Gamepads({
      open: (options, onFeedback) => this.#addon().openGamepad(options, onFeedback),
      name: `${clientName} controller`,
    });
    if (owner !== undefined) this.#sets.set(owner, pads);
    return pads;
  }

  /** Removes one owner's pads. May be called twice. */
  close(owner: number): void {
    this.#sets.get(owner)?.closeAll();
    this.#sets.delete(owner);
  }

  closeAll(): void {
    for (const owner of [...this.#sets.keys()]) this.close(owner);
  }
}
