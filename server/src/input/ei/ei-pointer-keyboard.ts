import type {
  NativeKeyboardLayout,
  NativePointerKeyboard,
  PenEvent,
  TouchEvent,
} from '../../native/input-addon.ts';
import {
  BUTTON,
  KEYBOARD,
  POINTER,
  POINTER_ABSOLUTE,
  SCROLL,
  TOUCHSCREEN,
  type EiCapability,
} from './ei-protocol.ts';
import type { EiDevice, EiSender } from './ei-sender.ts';

/** Size of the desktop in its logical pixels, in which positions are sent. */
export interface DesktopSize {
  readonly width: number;
  readonly height: number;
}

/**
 * milliseconds: the seat shows its keyboard and pointer with the first device, and apps ask for them only then; what
 * comes earlier is lost on them
 */
const SETTLING = 300;
/** What comes before the devices are there waits; more than a burst of it is of no use any more. */
const WAITING_LIMIT = 512;
const LEFT_BUTTON = 0x110;
/** milliseconds; what the keys type is asked again after so long a pause: its user may have chosen another layout */
const LAYOUT_AGE = 2_000;

type Step = () => void;

/**
 * One session's keyboard, mouse and touch through an EI server (KWin, Mutter, gamescope). Keys are positions under the
 * layout of the desktop's session, and text is typed by those that have it there. Pens it has none.
 */
export class EiPointerKeyboard implements NativePointerKeyboard {
  readonly opened: Promise<void>;
  readonly #desktop: DesktopSize;
  readonly #held = new Map<string, Step>();
  /** down at this moment */
  readonly #keys = new Set<number>();
  readonly #contacts = new Map<number, number>();
  #sender: EiSender | undefined;
  #waiting: Step[] | undefined = [];
  #settling: NodeJS.Timeout | undefined;
  #settled = false;
  readonly #readLayout: (() => Promise<NativeKeyboardLayout>) | undefined;
  #layout: NativeKeyboardLayout | undefined;
  #layoutReading = false;
  #layoutUsed = -Infinity;
  /** how the last character went */
  #typed = true;
  #closed = false;

  /**
   * @param connecting the connection, which may take its time
   * @param readLayout absent: text cannot be typed
   */
  constructor(
    connecting: Promise<EiSender>,
    desktop: DesktopSize,
    readLayout?: () => Promise<NativeKeyboardLayout>,
  ) {
    this.#desktop = desktop;
    this.#readLayout = readLayout;
    this.opened = connecting.then((sender) => this.#begin(sender));
    this.opened.catch(() => this.close());
  }

  key(code: number, down: boolean): boolean {
    this.#hold(`key ${code}`, down, () => this.#key(code, false));
    return this.#do(() => this.#key(code, down));
  }

  moveRelative(dx: number, dy: number): void {
    this.#do(() =>
      this.#event('ei_pointer', POINTER.requests.motionRelative, (to) => to.float(dx).float(dy)),
    );
  }

  moveAbsolute(x: number, y: number): void {
    this.#do(() => {
      const [left, top] = this.#place(x, y);
      this.#event(
        'ei_pointer_absolute',
        POINTER_ABSOLUTE.requests.motionAbsolute,
        (to) => to.float(left).float(top),
        covers(left, top),
      );
    });
  }

  button(code: number, down: boolean): void {
    this.#hold(`button ${code}`, down, () => this.#button(code, false));
    this.#do(() => this.#button(code, down));
  }

  scroll(vertical: number, horizontal: number): void {
    // EI counts down and right as positive, as evdev's clients see them.
    this.#do(() =>
      this.#event('ei_scroll', SCROLL.requests.scrollDiscrete, (to) =>
        to.int(horizontal).int(-vertical),
      ),
    );
  }

  /** @returns how the last character went: what types this one may have to be asked first */
  text(codePoint: number): boolean {
    if (!this.#readLayout || !this.alive()) return false;
    if (performance.now() - this.#layoutUsed > LAYOUT_AGE) void this.#askLayout(this.#readLayout);
    this.#layoutUsed = performance.now();
    return this.#do(() => this.#type(codePoint)) && this.#typed;
  }

  /** A finger where the server has a touchscreen; else the first finger is the mouse. */
  touch(event: TouchEvent): boolean {
    return this.#do(() => this.#touch(event));
  }

  pen(_event: PenEvent): boolean {
    return false;
  }

  alive(): boolean {
    return !this.#closed && this.#sender?.closed !== true;
  }

  close(): void {
    if (this.#closed) return;
    for (const release of this.#held.values()) release();
    this.#held.clear();
    this.#closed = true;
    clearTimeout(this.#settling);
    this.#waiting = [];
    this.#sender?.close();
  }

  /** Resolves when there are devices. */
  #begin(sender: EiSender): Promise<void> {
    if (this.#closed) {
      sender.close();
      return Promise.resolve();
    }
    this.#sender = sender;
    return new Promise((resolve, reject) => {
      sender.on('closed', (reason) =>
        reject(new Error(`The desktop takes no input from here: ${reason}.`)),
      );
      const look = (): void => {
        if (this.#settling || this.#closed) return;
        if (!sender.device('ei_keyboard') && !sender.device('ei_pointer')) return;
        resolve();
        this.#settling = setTimeout(() => {
          this.#settled = true;
          this.#playWaiting();
        }, SETTLING);
      };
      sender.on('changed', look);
      look();
    });
  }

  /** What comes meanwhile waits, so that a key after a text is not played before it. */
  async #askLayout(read: () => Promise<NativeKeyboardLayout>): Promise<void> {
    if (this.#layoutReading) return;
    this.#layoutReading = true;
    this.#waiting ??= [];
    // The session shows its keyboard only once this one is there.
    await this.opened.catch(() => {});
    this.#layout = await read().catch(() => this.#layout);
    this.#layoutReading = false;
    this.#playWaiting();
  }

  #playWaiting(): void {
    if (!this.#settled || this.#layoutReading) return;
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const step of waiting) step();
  }

  #do(step: Step): boolean {
    if (!this.alive()) return false;
    if (this.#waiting === undefined) step();
    else if (this.#waiting.length < WAITING_LIMIT) this.#waiting.push(step);
    return true;
  }

  #hold(what: string, down: boolean, release: Step): void {
    if (down) this.#held.set(what, release);
    else this.#held.delete(what);
  }

  #key(code: number, down: boolean): void {
    if (down) this.#keys.add(code);
    else this.#keys.delete(code);
    this.#event('ei_keyboard', KEYBOARD.requests.key, (to) => to.uint(code).uint(down ? 1 : 0));
  }

  #type(codePoint: number): void {
    const { locked = 0, group = 0 } = this.#sender?.device('ei_keyboard') ?? {};
    const held = [...this.#keys];
    const strokes = this.#layout?.strokes(codePoint, held, locked, group);
    for (const { code, down } of strokes ?? []) this.#key(code, down);
    this.#typed = strokes !== undefined;
  }

  #button(code: number, down: boolean): void {
    this.#event('ei_button', BUTTON.requests.button, (to) => to.uint(code).uint(down ? 1 : 0));
  }

  #touch(event: TouchEvent): void {
    const [x, y] = this.#place(event.x, event.y);
    const device = this.#sender?.device('ei_touchscreen', covers(x, y));
    if (!device) {
      this.#fingerAsMouse(event);
      return;
    }
    const send = (opcode: number, id: number, place: boolean): void =>
      this.#event(
        'ei_touchscreen',
        opcode,
        (to) => (place ? to.uint(id).float(x).float(y) : to.uint(id)),
        (candidate) => candidate === device,
      );
    const { down, motion, up } = TOUCHSCREEN.requests;
    const contact = this.#contacts.get(event.pointerId);
    switch (event.kind) {
      case 'down':
        if (contact === undefined) {
          const id = this.#freeContact();
          this.#contacts.set(event.pointerId, id);
          send(down, id, true);
        }
        break;
      case 'move':
        if (contact !== undefined) send(motion, contact, true);
        break;
      case 'up':
      case 'cancel':
        if (contact !== undefined) send(up, contact, false);
        this.#contacts.delete(event.pointerId);
        break;
      case 'cancel-all':
        for (const id of this.#contacts.values()) send(up, id, false);
        this.#contacts.clear();
        break;
      default:
        break;
    }
  }

  #freeContact(): number {
    const used = new Set(this.#contacts.values());
    let id = 0;
    while (used.has(id)) id++;
    return id;
  }

  #fingerAsMouse({ kind, pointerId, x, y }: TouchEvent): void {
    const holder = this.#contacts.keys().next().value;
    if (holder !== undefined && holder !== pointerId && kind !== 'cancel-all') return;
    if (kind === 'down' || kind === 'move') this.moveAbsolute(x, y);
    if (kind === 'down' && holder === undefined) {
      this.#contacts.set(pointerId, 0);
      this.button(LEFT_BUTTON, true);
    } else if (kind === 'up' || kind === 'cancel' || kind === 'cancel-all') {
      if (holder !== undefined) this.button(LEFT_BUTTON, false);
      this.#contacts.clear();
    }
  }

  #place(x: number, y: number): [number, number] {
    return [x * this.#desktop.width, y * this.#desktop.height];
  }

  #event(
    capability: EiCapability,
    opcode: number,
    write: Parameters<EiSender['send']>[3],
    wanted?: (device: EiDevice) => boolean,
  ): void {
    const device = this.#sender?.device(capability, wanted);
    if (!device) return;
    this.#sender?.send(device, capability, opcode, write);
    this.#sender?.frame(device);
  }
}

/** Whether a device reaches a place; one without regions reaches all. */
function covers(x: number, y: number): (device: EiDevice) => boolean {
  return ({ regions }) =>
    regions.length === 0 ||
    regions.some(
      (region) =>
        x >= region.x &&
        y >= region.y &&
        x < region.x + region.width &&
        y < region.y + region.height,
    );
}
