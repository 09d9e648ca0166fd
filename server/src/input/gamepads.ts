import type { GamepadOptions, InputAddon, NativeGamepad } from '../native/input-addon.ts';
import type { ControllerState } from './input-packet.ts';

type GamepadKind = GamepadOptions['kind'];

export interface GamepadsOptions {
  readonly open: InputAddon['openGamepad'];
  /** shown to the desktop, with the controller's number behind it */
  readonly name: string;
  /** the program that uses the pad wants its motors at 0…65535 */
  readonly rumble: (controller: number, low: number, high: number) => void;
  /** a pad could not be opened */
  readonly fault: (message: string) => void;
}

interface Pad {
  readonly kind: GamepadKind;
  /** absent when it could not be opened: it is not tried again for every packet */
  readonly device: NativeGamepad | undefined;
  low: number;
  high: number;
}

/** Reported types 1…4; a Steam controller has the Xbox layout (protocol 3 §3). */
const KINDS: readonly GamepadKind[] = ['xbox', 'xbox', 'playstation', 'nintendo', 'xbox'];

/** A client's controllers as virtual pads, by the client's own numbers. */
export class Gamepads {
  readonly #options: GamepadsOptions;
  readonly #pads = new Map<number, Pad>();

  constructor(options: GamepadsOptions) {
    this.#options = options;
  }

  /** A controller and its type; may be missing, and may come again. An unknown type is an Xbox pad. */
  arrive(controller: number, type: number): void {
    const kind = KINDS[type] ?? 'xbox';
    const known = this.#pads.get(controller);
    if (known?.kind === kind) return;
    this.#remove(controller);
    this.#add(controller, kind);
  }

  /** A full state; its mask adds an unannounced controller and removes one that left. */
  update(state: ControllerState): void {
    const { controller } = state;
    if ((state.mask & (1 << controller)) === 0) {
      this.#remove(controller);
      return;
    }
    const pad = this.#pads.get(controller) ?? this.#add(controller, 'xbox');
    pad.device?.state(
      state.buttons,
      state.leftTrigger,
      state.rightTrigger,
      state.leftX,
      state.leftY,
      state.rightX,
      state.rightY,
    );
  }

  /** Lets go of everything; the pads stay. */
  releaseAll(): void {
    for (const pad of this.#pads.values()) pad.device?.state(0, 0, 0, 0, 0, 0, 0);
  }

  closeAll(): void {
    for (const controller of [...this.#pads.keys()]) this.#remove(controller);
  }

  #add(controller: number, kind: GamepadKind): Pad {
    let device: NativeGamepad | undefined;
    try {
      const name = `${this.#options.name} ${controller + 1}`;
      device = this.#options.open({ kind, name }, ({ low, high }) => {
        if (this.#pads.get(controller) === pad) this.#rumble(controller, pad, low, high);
      });
    } catch (error) {
      this.#options.fault((error as Error).message);
    }
    const pad: Pad = { kind, device, low: 0, high: 0 };
    this.#pads.set(controller, pad);
    return pad;
  }

  #remove(controller: number): void {
    const pad = this.#pads.get(controller);
    if (!pad) return;
    this.#pads.delete(controller);
    // All motors still; the client keeps the last strength for ever.
    this.#rumble(controller, pad, 0, 0);
    pad.device?.close();
  }

  #rumble(controller: number, pad: Pad, low: number, high: number): void {
    if (pad.low === low && pad.high === high) return;
    pad.low = low;
    pad.high = high;
    this.#options.rumble(controller, low, high);
  }
}
