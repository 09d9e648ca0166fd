import type { GamepadOptions, InputAddon, NativeGamepad } from '../native/input-addon.ts';
import type { ControllerState } from './input-packet.ts';

type GamepadKind = GamepadOptions['kind'];

export interface GamepadsOptions {
  readonly open: InputAddon['openGamepad'];
  /** shown to the desktop, with the controller's number behind it */
  readonly name: string;
}

/** Who hears of the pads: the client, while it is connected. */
export interface GamepadsListener {
  /** the program that uses the pad wants its motors at 0…65535 */
  rumble(controller: number, low: number, high: number): void;
  /** a pad could not be opened */
  fault(message: string): void;
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
const CONTROLLERS = 16;

/**
 * A client's controllers as virtual pads, by the client's own numbers. They may be there before the client is,
 * and stay when it goes.
 */
export class Gamepads {
  readonly #options: GamepadsOptions;
  readonly #pads = new Map<number, Pad>();
  /** what the client told its controllers are, whether or not they are pads already */
  readonly #kinds = new Map<number, GamepadKind>();
  #listener: GamepadsListener | undefined;
  #fault: string | undefined;

  constructor(options: GamepadsOptions) {
    this.#options = options;
  }

  /** Adds what is missing of these controllers, Xbox pads until the client tells more. */
  open(mask: number): void {
    for (let controller = 0; controller < CONTROLLERS; controller += 1) {
      if ((mask & (1 << controller)) !== 0 && !this.#pads.get(controller)?.device) {
        this.#add(controller);
      }
    }
  }

  /** The listener hears of motors that run, and of a pad that could not be opened, at once. */
  attach(listener: GamepadsListener): void {
    this.#listener = listener;
    if (this.#fault !== undefined) listener.fault(this.#fault);
    for (const [controller, { low, high }] of this.#pads) {
      if (low > 0 || high > 0) listener.rumble(controller, low, high);
    }
  }

  /** Lets go of everything that is held; the pads stay. No effect when another listener came meanwhile. */
  detach(listener: GamepadsListener): void {
    if (this.#listener !== listener) return;
    this.#listener = undefined;
    this.releaseAll();
  }

  /** What a controller is, for the time when it becomes a pad. An unknown type is an Xbox pad. */
  announce(controller: number, type: number): void {
    this.#kinds.set(controller, KINDS[type] ?? 'xbox');
  }

  /** A controller and its type; may be missing, and may come again. A pad of another kind is replaced. */
  arrive(controller: number, type: number): void {
    this.announce(controller, type);
    if (this.#pads.get(controller)?.kind === this.#kinds.get(controller)) return;
    this.#remove(controller);
    this.#add(controller);
  }

  /**
   * A full state; its mask adds an unannounced controller and removes one that left.
   *
   * @returns false when a pressed button has no counterpart on the pad
   */
  update(state: ControllerState): boolean {
    const { controller } = state;
    if ((state.mask & (1 << controller)) === 0) {
      this.#kinds.delete(controller);
      this.#remove(controller);
      return true;
    }
    const pad = this.#pads.get(controller) ?? this.#add(controller);
    if (!pad.device) return true;
    return pad.device.state(
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
    this.#fault = undefined;
  }

  #add(controller: number): Pad {
    const kind = this.#kinds.get(controller) ?? 'xbox';
    let device: NativeGamepad | undefined;
    try {
      const name = `${this.#options.name} ${controller + 1}`;
      device = this.#options.open({ kind, name }, ({ low, high }) => {
        if (this.#pads.get(controller) === pad) this.#rumble(controller, pad, low, high);
      });
    } catch (error) {
      this.#fault = (error as Error).message;
      this.#listener?.fault(this.#fault);
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
    this.#listener?.rumble(controller, low, high);
  }
}
