import type {
  GamepadFeedback,
  GamepadOptions,
  InputProbe,
  NativeGamepad,
  NativeKeyboardLayout,
  NativePointerKeyboard,
  PointerKeyboardOptions,
} from '../../src/native/input-addon.ts';
import type { DeviceAddon } from '../../src/input/pointer-keyboard.ts';
import type { NativeSessionBus } from '../../src/native/session-bus-addon.ts';

/** The native interface writing down what it is asked to do. */
export class RecordingAddon implements DeviceAddon {
  /** one line per call, in order */
  readonly calls: string[] = [];
  readonly pads: ((feedback: GamepadFeedback) => void)[] = [];
  /** a sentence: opening fails with it */
  refusal: string | undefined;
  /** touch, pen, text, and every key and pad button can be done */
  able = true;
  /** when the devices are there */
  opening: Promise<void> = Promise.resolve();
  /** what the devices belong to is there */
  alive = true;

  probeUinput(): InputProbe {
    return { backend: 'uinput', usable: false };
  }

  openSessionBus(): NativeSessionBus {
    throw new Error('there is no bus here');
  }

  async probeXTest(): Promise<InputProbe> {
    return { backend: 'xtest', usable: false };
  }

  async releaseHeldInput(): Promise<void> {}

  async readKeyboardLayout(): Promise<NativeKeyboardLayout> {
    throw new Error('there is no layout here');
  }

  openPointerKeyboard(options: PointerKeyboardOptions): NativePointerKeyboard {
    if (this.refusal !== undefined) throw new Error(this.refusal);
    const note = (...words: unknown[]): void => void this.calls.push(words.join(' '));
    note('open', options.backend, options.name);
    return {
      opened: this.opening,
      key: (code, down) => (note('key', code, down ? 'down' : 'up'), this.able),
      moveRelative: (dx, dy) => note('move', dx, dy),
      moveAbsolute: (x, y) => note('at', x.toFixed(4), y.toFixed(4)),
      button: (code, down) => note('button', code, down ? 'down' : 'up'),
      scroll: (vertical, horizontal) => note('scroll', vertical, horizontal),
      text: (codePoint) => (note('text', String.fromCodePoint(codePoint)), this.able),
      touch: ({ kind, pointerId, x, y, pressure, rotation }) => {
        note('touch', kind, pointerId, x, y, pressure, rotation ?? '-');
        return this.able;
      },
      pen: ({ kind, tool, buttons, x, y, pressure, tilt, rotation }) => {
        note('pen', kind, tool, buttons, x, y, pressure, tilt ?? '-', rotation ?? '-');
        return this.able;
      },
      alive: () => this.alive,
      close: () => note('close'),
    };
  }

  openGamepad(
    options: GamepadOptions,
    onFeedback: (feedback: GamepadFeedback) => void,
  ): NativeGamepad {
    if (this.refusal !== undefined) throw new Error(this.refusal);
    const pad = `pad${this.pads.push(onFeedback) - 1}`;
    this.calls.push(`${pad} open ${options.kind} ${options.name}`);
    return {
      state: (...values) => {
        this.calls.push(`${pad} ${values.join(' ')}`);
        return this.able;
      },
      close: () => void this.calls.push(`${pad} close`),
    };
  }
}
