import type { InputPacket } from './input-packet.ts';

/**
 * Joins two packets that follow each other when nothing is lost by it (protocol 3 §4).
 *
 * @returns undefined when both have to be played
 */
export function mergeInput(first: InputPacket, second: InputPacket): InputPacket | undefined {
  switch (second.kind) {
    case 'move-relative': {
      if (first.kind !== second.kind) return undefined;
      const dx = first.dx + second.dx;
      const dy = first.dy + second.dy;
      return fitsShort(dx) && fitsShort(dy) ? { ...second, dx, dy } : undefined;
    }
    case 'scroll': {
      if (first.kind !== second.kind) return undefined;
      const vertical = first.vertical + second.vertical;
      const horizontal = first.horizontal + second.horizontal;
      // A change of direction is two movements: the device counts whole notches from there.
      const turns =
        first.vertical * second.vertical < 0 || first.horizontal * second.horizontal < 0;
      const sameAxis = (first.vertical === 0) === (second.vertical === 0);
      const fits = fitsShort(vertical) && fitsShort(horizontal);
      return sameAxis && !turns && fits ? { ...second, vertical, horizontal } : undefined;
    }
    case 'move-absolute':
      return first.kind === second.kind &&
        first.maximumX === second.maximumX &&
        first.maximumY === second.maximumY
        ? second
        : undefined;
    case 'controller':
      return first.kind === second.kind &&
        first.controller === second.controller &&
        first.mask === second.mask &&
        first.buttons === second.buttons
        ? second
        : undefined;
    case 'touch':
      return first.kind === second.kind &&
        first.pointerId === second.pointerId &&
        moves(first.contact, second.contact)
        ? second
        : undefined;
    case 'pen':
      return first.kind === second.kind &&
        first.tool === second.tool &&
        first.buttons === second.buttons &&
        moves(first.contact, second.contact)
        ? second
        : undefined;
    case 'controller-touch':
      return first.kind === second.kind &&
        first.controller === second.controller &&
        first.touchpad === second.touchpad &&
        first.pointerId === second.pointerId &&
        moves(first.contact, second.contact)
        ? second
        : undefined;
    case 'controller-motion':
      return first.kind === second.kind &&
        first.controller === second.controller &&
        first.sensor === second.sensor
        ? second
        : undefined;
    default:
      return undefined;
  }
}

/**
 * Input that came in one turn of the event loop, merged while it waits. One datagram is played in the turn it
 * came in; only a burst that the kernel held back shrinks.
 */
export class InputBatch {
  #waiting: InputPacket[] = [];
  #scheduled: NodeJS.Immediate | undefined;
  readonly #play: (packet: InputPacket) => void;

  constructor(play: (packet: InputPacket) => void) {
    this.#play = play;
  }

  push(packet: InputPacket): void {
    const last = this.#waiting.at(-1);
    const merged = last && mergeInput(last, packet);
    if (merged) this.#waiting[this.#waiting.length - 1] = merged;
    else this.#waiting.push(packet);
    this.#scheduled ??= setImmediate(() => this.flush());
  }

  flush(): void {
    clearImmediate(this.#scheduled);
    this.#scheduled = undefined;
    const packets = this.#waiting;
    this.#waiting = [];
    for (const packet of packets) this.#play(packet);
  }
}

function fitsShort(value: number): boolean {
  return value >= -32_768 && value <= 32_767;
}

function moves(first: string, second: string): boolean {
  return first === second && (second === 'move' || second === 'hover');
}
