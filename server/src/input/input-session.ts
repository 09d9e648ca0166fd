import type { Logger } from 'pino';

import type {
  InputAddon,
  NativePointerKeyboard,
  PenEvent,
  TouchEvent,
} from '../native/input-addon.ts';
import type { Counters } from '../telemetry/counters.ts';
import { Gamepads } from './gamepads.ts';
import { InputBatch } from './input-batch.ts';
import { decodeInputPacket } from './input-packet.ts';
import type { InputPacket, PenPacket, TouchPacket } from './input-packet.ts';
import type { InputTarget } from './input-target.ts';
import { Keyboard } from './keyboard.ts';
import { clamp, removeLetterbox } from './letterbox.ts';

export interface InputSessionOptions {
  /** loads the native part when it is first needed */
  readonly addon: () => InputAddon;
  readonly target: InputTarget;
  /** shown to the desktop as the devices' name */
  readonly clientName: string;
  /** a motor command for the client, on change only */
  readonly rumble: (controller: number, low: number, high: number) => void;
  /** something for the owner, each kind once a session */
  readonly notice: (part: string, message: string) => void;
  readonly counters: Counters;
  readonly log: Logger;
}

/** evdev codes of buttons 1…5 (protocol 3 §3). */
const BUTTONS = [0x110, 0x112, 0x111, 0x113, 0x114];

/**
 * One client's input: packets in, calls of the native devices out. Devices are opened by {@link open} and, for
 * pads, when a controller arrives; {@link close} releases everything held.
 */
export class InputSession {
  readonly #options: InputSessionOptions;
  readonly #keyboard = new Keyboard((code, down) => this.#device?.key(code, down));
  readonly #buttons = new Set<number>();
  readonly #touches = new Set<number>();
  readonly #batch = new InputBatch((packet) => this.#play(packet));
  readonly #gamepads: Gamepads;
  readonly #noticed = new Set<string>();
  #device: NativePointerKeyboard | undefined;
  #opened = false;
  #closed = false;

  constructor(options: InputSessionOptions) {
    this.#options = options;
    const { addon, clientName, rumble } = options;
    this.#gamepads = new Gamepads({
      open: (gamepad, onFeedback) => addon().openGamepad(gamepad, onFeedback),
      name: `${clientName} controller`,
      rumble,
      fault: (message) => this.#notice('gamepad', message),
    });
  }

  /** Opens keyboard and mice, so that the desktop knows them before the first key. Failure is a notice. */
  open(): void {
    if (this.#opened || this.#closed || this.#options.target.backend === 'none') return;
    this.#opened = true;
    const { addon, target, clientName } = this.#options;
    try {
      this.#device = addon().openPointerKeyboard({
        backend: target.backend as 'uinput' | 'xtest',
        name: clientName,
        ...(target.x11Display === undefined ? {} : { x11Display: target.x11Display }),
        ...(target.area === undefined ? {} : { area: target.area }),
      });
    } catch (error) {
      this.#notice('input', (error as Error).message);
    }
  }

  /** Takes the payload of one input message (0x0206). */
  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    const { counters, target } = this.#options;
    const packet = decodeInputPacket(bytes);
    if (packet === 'malformed' || packet === 'unknown') {
      counters.add(`input-${packet}`);
      return;
    }
    counters.add('input-packets');
    if (target.backend === 'none') counters.add('input-dropped');
    else this.#batch.push(packet);
  }

  /** Plays what waits, releases what is held, removes the devices. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#batch.flush();
    this.#closed = true;
    this.#letGo();
    this.#guarded(() => this.#device?.close());
    this.#guarded(() => this.#gamepads.closeAll());
    this.#device = undefined;
  }

  /** Releases all that is held, for a client that has fallen silent; the devices stay. */
  release(): void {
    if (this.#closed) return;
    this.#batch.flush();
    this.#letGo();
    this.#guarded(() => this.#gamepads.releaseAll());
  }

  #letGo(): void {
    this.#guarded(() => {
      this.#keyboard.releaseAll();
      for (const code of this.#buttons) this.#device?.button(code, false);
      this.#buttons.clear();
      if (this.#touches.size > 0) this.#device?.touch({ ...NO_TOUCH, kind: 'cancel-all' });
      this.#touches.clear();
    });
  }

  #play(packet: InputPacket): void {
    this.open();
    this.#guarded(() => this.#playOn(packet));
  }

  #playOn(packet: InputPacket): void {
    switch (packet.kind) {
      case 'key': {
        if (this.#keyboard.handle(packet) !== 'unmapped') return;
        this.#options.counters.add('input-key-unmapped');
        const code = packet.virtualKey.toString(16).toUpperCase();
        this.#notice('key', `The client's key 0x${code} has no counterpart on Linux.`);
        return;
      }
      case 'text':
        for (const codePoint of packet.codePoints) {
          this.#able(this.#device?.text(codePoint), 'text', 'Typing some characters');
        }
        return;
      case 'move-relative':
        this.#device?.moveRelative(packet.dx, packet.dy);
        return;
      case 'move-absolute':
        this.#device?.moveAbsolute(
          ...this.#place(packet.x / packet.maximumX, packet.y / packet.maximumY),
        );
        return;
      case 'button':
        this.#button(BUTTONS[packet.button - 1]!, packet.down);
        return;
      case 'scroll':
        this.#device?.scroll(packet.vertical, packet.horizontal);
        return;
      case 'haptics':
        return;
      case 'touch':
        this.#touch(packet);
        return;
      case 'pen':
        this.#pen(packet);
        return;
      case 'controller-arrival':
        this.#gamepads.arrive(packet.controller, packet.type);
        return;
      case 'controller':
        this.#gamepads.update(packet);
        return;
      case 'controller-touch':
        this.#able(false, 'controller touchpad', "A controller's touchpad");
        return;
      case 'controller-motion':
        this.#able(false, 'controller motion', "A controller's motion sensor");
        return;
      case 'controller-battery':
        this.#able(false, 'controller battery', "A controller's battery level");
        return;
    }
  }

  #button(code: number, down: boolean): void {
    if (down === this.#buttons.has(code)) return;
    if (down) this.#buttons.add(code);
    else this.#buttons.delete(code);
    this.#device?.button(code, down);
  }

  #touch(packet: TouchPacket): void {
    const { contact, pointerId } = packet;
    if (contact === 'button') return;
    if (contact === 'up' || contact === 'cancel') this.#touches.delete(pointerId);
    if (contact === 'cancel-all') this.#touches.clear();
    const event: TouchEvent = { ...this.#contact(packet), kind: contact, pointerId };
    const taken = this.#device?.touch(event);
    // Only what a device holds has to be let go of, and a device holds a few fingers at most.
    if (contact === 'down' && taken) this.#touches.add(pointerId);
    this.#able(taken, 'touch', 'Touch');
  }

  #pen(packet: PenPacket): void {
    const { contact, tool, buttons, tilt } = packet;
    const { x, y, pressure, rotation } = this.#contact(packet);
    const event: PenEvent = {
      kind: contact === 'cancel-all' ? 'cancel' : contact,
      tool,
      buttons,
      x,
      y,
      pressure,
      ...(tilt === undefined ? {} : { tilt }),
      ...(rotation === undefined ? {} : { rotation }),
    };
    this.#able(this.#device?.pen(event), 'pen', 'A pen');
  }

  #contact(packet: TouchPacket | PenPacket): Omit<TouchEvent, 'kind' | 'pointerId'> {
    const [x, y] = this.#place(packet.x, packet.y);
    return {
      x,
      y,
      pressure: clamp(packet.pressure),
      major: clamp(packet.major),
      minor: clamp(packet.minor),
      ...(packet.rotation === undefined ? {} : { rotation: packet.rotation }),
    };
  }

  #place(x: number, y: number): [number, number] {
    return removeLetterbox(this.#options.target, x, y);
  }

  /** @param done false when the back end has no way to do it */
  #able(done: boolean | undefined, part: string, what: string): void {
    if (done !== false) return;
    this.#options.counters.add('input-unsupported');
    const { backend } = this.#options.target;
    this.#notice(part, `${what} cannot be passed on by this host's input back end (${backend}).`);
  }

  /** A device that fails, an unplugged X server say, must not end the control stream. */
  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#options.counters.add('input-failed');
      this.#notice('input device', (error as Error).message);
    }
  }

  #notice(part: string, message: string): void {
    if (this.#noticed.has(part)) return;
    this.#noticed.add(part);
    this.#options.log.warn({ part, client: this.#options.clientName }, message);
    this.#options.notice(part, message);
  }
}

const NO_TOUCH = { pointerId: 0, x: 0, y: 0, pressure: 0, major: 0, minor: 0 };
