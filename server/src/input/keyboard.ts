import type { InputPacket } from './input-packet.ts';
import { evdevKey } from './key-codes.ts';

type KeyPacket = Extract<InputPacket, { kind: 'key' }>;

/** Modifier bit, the evdev codes that satisfy it, and the plain key that stands in (protocol 3 §3). */
const MODIFIERS = [
  { bit: 0x01, left: 42, right: 54 },
  { bit: 0x02, left: 29, right: 97 },
  { bit: 0x04, left: 56, right: 100 },
] as const;
const MODIFIER_KEYS: ReadonlySet<number> = new Set([42, 54, 29, 97, 56, 100, 125, 126]);

/**
 * The keys a client holds. Repeated downs and ups without a down are dropped; two virtual keys of one evdev
 * key count together; modifiers that only a packet's bits know are pressed around the key.
 */
export class Keyboard {
  readonly #press: (code: number, down: boolean) => void;
  /** `code:flags` of what the client holds, to its evdev code */
  readonly #held = new Map<string, number>();

  /** @param press called with evdev key codes */
  constructor(press: (code: number, down: boolean) => void) {
    this.#press = press;
  }

  /** @returns `unmapped` for a key that has no evdev code; `ignored` for one that changes nothing */
  handle(packet: KeyPacket): 'done' | 'ignored' | 'unmapped' {
    const { virtualKey, flags, down } = packet;
    if (virtualKey === 0x00 || virtualKey === 0xff) return 'ignored';
    const code = evdevKey(virtualKey, flags);
    if (code === undefined) return 'unmapped';
    const name = `${virtualKey}:${flags}`;
    if (down === this.#held.has(name)) return 'ignored';
    if (!down) {
      this.#held.delete(name);
      if (!this.#holds(code)) this.#press(code, false);
      return 'done';
    }
    const fresh = !this.#holds(code);
    this.#held.set(name, code);
    if (!fresh) return 'done';
    const missing = MODIFIER_KEYS.has(code) ? [] : this.#missingModifiers(packet.modifiers);
    for (const modifier of missing) this.#press(modifier, true);
    this.#press(code, true);
    for (const modifier of missing.reverse()) this.#press(modifier, false);
    return 'done';
  }

  releaseAll(): void {
    const codes = new Set(this.#held.values());
    this.#held.clear();
    for (const code of codes) this.#press(code, false);
  }

  #holds(code: number): boolean {
    return [...this.#held.values()].includes(code);
  }

  #missingModifiers(bits: number): number[] {
    return MODIFIERS.filter(
      ({ bit, left, right }) => bits & bit && !this.#holds(left) && !this.#holds(right),
    ).map(({ left }) => left);
  }
}
