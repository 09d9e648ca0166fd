import type { Logger } from 'pino';

import type { NativePointerKeyboard, PenEvent, TouchEvent } from '../native/input-addon.ts';
import type { Counters } from '../telemetry/counters.ts';
import { desktopPosition } from './desktop-position.ts';
import type { Gamepads, GamepadsListener } from './gamepads.ts';
import { InputBatch } from './input-batch.ts';
import { decodeInputPacket } from './input-packet.ts';
import type { InputPacket, PenPacket, TouchPacket } from './input-packet.ts';
import type { InputTarget } from './input-target.ts';
import { Keyboard } from './keyboard.ts';
import { clamp } from './letterbox.ts';
import { openPointerKeyboard, servesBoth, type DeviceAddon } from './pointer-keyboard.ts';
import { TextInput } from './text-input.ts';

export interface InputSessionOptions {
  /** loads the native part when it is first needed */
  readonly addon: () => DeviceAddon;
  readonly target: InputTarget;
  /** shown to the desktop as the devices' name */
  readonly clientName: string;
  readonly gamepads: Gamepads;
  /** the pads stay when the session is closed, with nothing held */
  readonly keepGamepads: boolean;
  /** a motor command for the client, on change only */
  readonly rumble: (controller: number, low: number, high: number) => void;
  /** something for the owner, each kind once while it lasts; without a message it is over */
  readonly notice: (part: string, message: string | undefined) => void;
  /** something went down, for a target that wants no more than that */
  readonly pressed: () => void;
  readonly counters: Counters;
  readonly log: Logger;
}

/** milliseconds until a desktop that does not answer is told of */
const ANSWER_LIMIT = 3_000;
const NO_ANSWER =
  'The desktop has not taken keyboard and mouse for 3 s: its X server hangs, or this machine is too busy.';

/** evdev codes of buttons 1…5 (protocol 3 §3). */
const BUTTONS = [0x110, 0x112, 0x111, 0x113, 0x114];

/**
 * One client's input: packets in, calls of the native devices out. Devices are opened by {@link open} and, for
 * pads, when a controller arrives, unless they are there already; {@link close} releases everything held.
 */
export class InputSession {
  readonly #options: InputSessionOptions;
  readonly #keyboard = new Keyboard((code, down) => this.#key(code, down));
  readonly #buttons = new Set<number>();
  readonly #touches = new Set<number>();
  readonly #batch = new InputBatch((packet) => this.#play(packet));
  readonly #text: TextInput;
  readonly #gamepads: Gamepads;
  readonly #padsListener: GamepadsListener;
  readonly #noticed = new Set<string>();
  #target: InputTarget;
  #device: NativePointerKeyboard | undefined;
  /** the device has a pen on it or above it */
  #penIsNear = false;
  #opened = false;
  #closed = false;

  constructor(options: InputSessionOptions) {
    this.#options = options;
    this.#target = options.target;
    const { addon, clientName: name } = options;
    this.#text = new TextInput({ addon, name, failed: (message) => this.#notice('text', message) });
    this.#text.aim(options.target);
    this.#gamepads = options.gamepads;
    this.#padsListener = {
      rumble: options.rumble,
      fault: (message) => this.#notice('gamepad', message),
    };
    this.#gamepads.attach(this.#padsListener);
  }

  /** Opens keyboard and mice, so that the desktop knows them before the first key. Failure is a notice. */
  open(): void {
    const { backend } = this.#target;
    if (this.#opened || this.#closed || backend === 'none') return;
    if (this.#target.refused?.pointerKeyboard) return;
    this.#opened = true;
    const { addon, clientName } = this.#options;
    try {
      this.#device = openPointerKeyboard(addon, { ...this.#target, backend }, clientName);
    } catch (error) {
      this.#notice('input', (error as Error).message);
      return;
    }
    void this.#awaitDevice(this.#device);
  }

  /**
   * Input goes there from now on. What is held stays held when only the picture or the desktop has another
   * shape; other devices, and those of an X server that came back, begin with nothing held. Pads stay, with
   * nothing held where there is no back end.
   */
  aim(target: InputTarget): void {
    if (this.#closed) return;
    // What is held by what it may no longer use is let go.
    if (isRefusedMore(this.#target, target)) this.release();
    if (!servesBoth(this.#target, target) || !this.#device?.alive()) {
      this.release();
      this.#guarded(() => this.#device?.close());
      this.#device = undefined;
      this.#opened = false;
    }
    this.#target = target;
    this.#guarded(() => this.#text.aim(target));
    this.open();
  }

  /** Takes the payload of one input message (0x0206). */
  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    const { counters } = this.#options;
    const packet = decodeInputPacket(bytes);
    if (packet === 'malformed' || packet === 'unknown') {
      counters.add(`input-${packet}`);
      return;
    }
    counters.add('input-packets');
    if (this.#target.backend !== 'none' && !isRefused(packet, this.#target)) {
      this.#batch.push(packet);
      return;
    }
    counters.add('input-dropped');
    if (this.#target.tellsPresses && isPress(packet)) this.#options.pressed();
    // It is told once only, and input may go somewhere later.
    if (packet.kind === 'controller-arrival') {
      this.#gamepads.announce(packet.controller, packet.type);
    }
  }

  /** Plays what waits, releases what is held, removes the devices. May be called twice. */
  close(): void {
    if (this.#closed) return;
    this.#batch.flush();
    this.#closed = true;
    this.#letGo();
    this.#guarded(() => this.#device?.close());
    this.#guarded(() => this.#text.close());
    this.#guarded(() => {
      if (this.#options.keepGamepads) this.#gamepads.detach(this.#padsListener);
      else this.#gamepads.closeAll();
    });
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
      if (this.#penIsNear) this.#device?.pen(NO_PEN);
      this.#penIsNear = false;
    });
  }

  /** Those of an X server are there once it answers. */
  async #awaitDevice(device: NativePointerKeyboard): Promise<void> {
    const isCurrent = (): boolean => this.#device === device && !this.#closed;
    const late = setTimeout(() => {
      if (isCurrent()) this.#notice('input', NO_ANSWER);
    }, ANSWER_LIMIT);
    late.unref();
    try {
      await device.opened;
      if (!isCurrent()) return;
      this.#over('input');
      this.#over('input device');
    } catch (error) {
      if (!isCurrent()) return;
      this.#over('input');
      this.#notice('input', (error as Error).message);
      device.close();
      this.#device = undefined;
    } finally {
      clearTimeout(late);
    }
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
          this.#able(
            this.#text.type(codePoint) ?? this.#device?.text(codePoint),
            'text',
            'Typing some characters',
          );
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
        this.#able(this.#gamepads.update(packet), 'controller button', 'A button of a controller');
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

  #key(code: number, down: boolean): void {
    const pressed = this.#device?.key(code, down);
    if (down) this.#able(pressed, 'rare key', 'Some keys');
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
    const taken = this.#device?.pen(event);
    if (event.kind === 'cancel' || event.kind === 'hover-leave') this.#penIsNear = false;
    else if (taken && event.kind !== 'button') this.#penIsNear = true;
    this.#able(taken, 'pen', 'A pen');
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
    return desktopPosition(this.#target, x, y);
  }

  /** @param done false when the back end has no way to do it */
  #able(done: boolean | undefined, part: string, what: string): void {
    if (done !== false) return;
    this.#options.counters.add('input-unsupported');
    const { backend } = this.#target;
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

  #over(part: string): void {
    if (this.#noticed.delete(part)) this.#options.notice(part, undefined);
  }
}

const NO_TOUCH = { pointerId: 0, x: 0, y: 0, pressure: 0, major: 0, minor: 0 };
const NO_PEN: PenEvent = { kind: 'cancel', tool: 'pen', buttons: 0, x: 0, y: 0, pressure: 0 };

/** A person did something on purpose: a mouse that is only moved did not. */
function isPress(packet: InputPacket): boolean {
  switch (packet.kind) {
    case 'key':
    case 'button':
      return packet.down;
    case 'text':
      return true;
    case 'touch':
    case 'pen':
      return packet.contact === 'down';
    case 'controller':
      return packet.buttons !== 0;
    default:
      return false;
  }
}

const isOfController = ({ kind }: InputPacket): boolean => kind.startsWith('controller');

function isRefused(packet: InputPacket, { refused }: InputTarget): boolean {
  if (packet.kind === 'haptics') return false;
  return (isOfController(packet) ? refused?.controllers : refused?.pointerKeyboard) === true;
}

const isRefusedMore = (before: InputTarget, now: InputTarget): boolean =>
  (now.refused?.controllers === true && before.refused?.controllers !== true) ||
  (now.refused?.pointerKeyboard === true && before.refused?.pointerKeyboard !== true);
