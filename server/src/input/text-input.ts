import type { NativePointerKeyboard } from '../native/input-addon.ts';
import type { InputTarget } from './input-target.ts';
import { openPointerKeyboard, type DeviceAddon } from './pointer-keyboard.ts';

export interface TextInputOptions {
  readonly addon: () => DeviceAddon;
  /** shown to the desktop */
  readonly name: string;
  readonly failed: (message: string) => void;
}

/**
 * Text for a desktop whose keys come from the kernel: those are positions, which each layout reads in its own way. Its
 * devices are opened with the first character, because a desktop shows itself differently with one keyboard more.
 */
export class TextInput {
  readonly #options: TextInputOptions;
  #target: InputTarget | undefined;
  #key = '';
  #device: NativePointerKeyboard | undefined;
  #hasFailed = false;

  constructor(options: TextInputOptions) {
    this.#options = options;
  }

  aim(target: InputTarget): void {
    const key = JSON.stringify(target.text);
    if (key !== this.#key) this.close();
    this.#key = key;
    this.#target = target;
  }

  /** @returns undefined where the desktop has no way of its own, or it cannot be had */
  type(codePoint: number): boolean | undefined {
    return this.#open()?.text(codePoint);
  }

  /** May be called twice. */
  close(): void {
    this.#device?.close();
    this.#device = undefined;
    this.#hasFailed = false;
  }

  #open(): NativePointerKeyboard | undefined {
    const { text, source, width, height } = this.#target ?? {};
    if (!text || width === undefined || height === undefined || this.#hasFailed) return undefined;
    if (this.#device?.alive()) return this.#device;
    this.close();
    const { addon, name, failed } = this.#options;
    const fail = (error: unknown): void => {
      this.close();
      this.#hasFailed = true;
      failed((error as Error).message);
    };
    try {
      const target = { ...text, width, height, ...(source && { source }) };
      const device = openPointerKeyboard(addon, target, name);
      this.#device = device;
      device.opened.catch((error: unknown) => {
        if (this.#device === device) fail(error);
      });
    } catch (error) {
      fail(error);
    }
    return this.#device;
  }
}
