/**
 * Virtual input devices. Called on the control worker's thread, one call per event, each a few microseconds;
 * every number is validated by the caller.
 */
export interface InputAddon {
  /** Whether the kernel's virtual devices can be made, with the reason when they cannot. Waits for nobody. */
  probeUinput(): InputProbe;
  /** Whether an X server takes input; one that hangs is waited for, on a thread of the call's own. */
  probeXTest(display: string): Promise<InputProbe>;
  /**
   * Releases what processes of the host that are gone left held on X servers, which hold it for ever. Each is waited for, on
   * a thread of the call's own; a device that is opened on such a server does the same.
   */
  releaseHeldInput(): Promise<void>;
  /**
   * One keyboard and mice for one session. Throws a sentence when the back end is not permitted, and waits for
   * nobody: what is played before an X server has answered waits for it.
   */
  openPointerKeyboard(options: PointerKeyboardOptions): NativePointerKeyboard;
  /** What the keys of a Wayland session type. Rejects with a sentence; a compositor that hangs is waited for. */
  readKeyboardLayout(waylandDisplay: string): Promise<NativeKeyboardLayout>;
  /** One virtual pad. `onFeedback` runs on the caller's event loop. Throws when uinput is not permitted. */
  openGamepad(
    options: GamepadOptions,
    onFeedback: (feedback: GamepadFeedback) => void,
  ): NativeGamepad;
}

export interface InputProbe {
  readonly backend: 'uinput' | 'xtest';
  readonly usable: boolean;
  readonly reason?: string;
}

export interface PointerKeyboardOptions {
  readonly backend: 'uinput' | 'xtest' | 'wlroots';
  /** shown to the desktop; the session's client name is in it */
  readonly name: string;
  readonly x11Display?: string;
  /** of `wlroots`: name or path of the compositor's socket, and the output that positions are 0…1 of */
  readonly waylandDisplay?: string;
  readonly output?: string;
}

export interface NativeKeyboardLayout {
  /**
   * The strokes of evdev keys that type a character, by the toolkits' Unicode entry where no key has it.
   *
   * @param held keys that are down already
   * @param locked modifiers that stay on, as bits of the keymap's own numbering
   * @param group the layout that is chosen among several
   * @returns undefined when no keys type it
   */
  strokes(
    codePoint: number,
    held: readonly number[],
    locked: number,
    group: number,
  ): readonly { readonly code: number; readonly down: boolean }[] | undefined;
}

/** Positions are 0…1 of the whole desktop, not of what is streamed. */
export interface NativePointerKeyboard {
  /** Resolves when the devices are there; rejects with a sentence. A server that hangs is waited for. */
  readonly opened: Promise<void>;
  /**
   * @param code evdev key code (`KEY_*`)
   * @returns false when the back end has no such key
   */
  key(code: number, down: boolean): boolean;
  moveRelative(dx: number, dy: number): void;
  moveAbsolute(x: number, y: number): void;
  /** @param code evdev button code (`BTN_*`) */
  button(code: number, down: boolean): void;
  /** high-resolution units, 120 a notch; up and right are positive */
  scroll(vertical: number, horizontal: number): void;
  /** one Unicode code point typed; false when the back end has no way to type it */
  text(codePoint: number): boolean;
  /** multi-touch contact; false when the back end cannot */
  touch(event: TouchEvent): boolean;
  pen(event: PenEvent): boolean;
  /** false once what the devices belong to is gone for good: an X server that ended */
  alive(): boolean;
  /** releases everything held, then removes the devices; may be called twice */
  close(): void;
}

export interface TouchEvent {
  readonly kind: 'down' | 'move' | 'up' | 'cancel' | 'cancel-all' | 'hover' | 'hover-leave';
  readonly pointerId: number;
  readonly x: number;
  readonly y: number;
  /** 0…1, 0 unknown */
  readonly pressure: number;
  readonly major: number;
  readonly minor: number;
  /** degrees 0…360, absent when unknown */
  readonly rotation?: number;
}

export interface PenEvent {
  readonly kind: 'down' | 'move' | 'up' | 'cancel' | 'hover' | 'hover-leave' | 'button';
  readonly tool: 'pen' | 'eraser';
  /** bit 0 primary, 1 secondary, 2 tertiary */
  readonly buttons: number;
  readonly x: number;
  readonly y: number;
  readonly pressure: number;
  /** degrees, absent when unknown */
  readonly tilt?: number;
  readonly rotation?: number;
}

export interface GamepadOptions {
  readonly kind: 'xbox' | 'playstation' | 'nintendo';
  readonly name: string;
}

export interface NativeGamepad {
  /**
   * A full state. `buttons` in GameStream bits (protocol 3 §3), triggers 0…255, sticks −32768…32767 with up
   * positive.
   *
   * @returns false when a pressed button has no counterpart; everything else is passed on
   */
  state(
    buttons: number,
    leftTrigger: number,
    rightTrigger: number,
    leftX: number,
    leftY: number,
    rightX: number,
    rightY: number,
  ): boolean;
  close(): void;
}

/** Force feedback from the program that uses the pad, 0…65535 per motor; sent on change only. */
export interface GamepadFeedback {
  readonly kind: 'rumble';
  readonly low: number;
  readonly high: number;
}
