import type { InputAddon, InputProbe } from '../native/input-addon.ts';

/** The kernel's own virtual devices, which reach every program on every desktop. Asking waits for nobody. */
export class Uinput {
  readonly #addon: Pick<InputAddon, 'probeUinput'>;
  #probe: InputProbe | undefined;

  constructor(addon: Pick<InputAddon, 'probeUinput'>) {
    this.#addon = addon;
  }

  /** as the last look found it */
  get probe(): InputProbe {
    return (this.#probe ??= this.#addon.probeUinput());
  }

  /** @returns whether they can be made */
  look(): boolean {
    this.#probe = this.#addon.probeUinput();
    return this.#probe.usable;
  }
}
