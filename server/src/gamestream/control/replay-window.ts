/**
 * Which sequence numbers of a key were seen already. Channels are not ordered among each other and a lost
 * reliable message comes seconds late, so the window is wide; what lies behind it is refused.
 */
export class ReplayWindow {
  readonly #size: number;
  readonly #seen: Uint8Array;
  /** one more than the highest number seen */
  #end = 0;

  /** @param size numbers remembered behind the highest, a multiple of 8; 16384 is 4 s at 4000 messages a second */
  constructor(size = 16_384) {
    this.#size = size;
    this.#seen = new Uint8Array(size / 8);
  }

  /** Whether the number would be admitted; changes nothing. */
  isFresh(sequence: number): boolean {
    if (sequence >= this.#end) return true;
    if (sequence < this.#end - this.#size) return false;
    return (this.#seen[this.#byte(sequence)]! & this.#bit(sequence)) === 0;
  }

  /** @returns whether the number is new; then it counts as seen */
  admit(sequence: number): boolean {
    if (!this.isFresh(sequence)) return false;
    if (sequence - this.#end >= this.#size) this.#seen.fill(0);
    else for (let at = this.#end; at < sequence; at += 1) this.#mark(at, false);
    this.#mark(sequence, true);
    this.#end = Math.max(this.#end, sequence + 1);
    return true;
  }

  #mark(sequence: number, seen: boolean): void {
    const bit = this.#bit(sequence);
    if (seen) this.#seen[this.#byte(sequence)]! |= bit;
    else this.#seen[this.#byte(sequence)]! &= ~bit;
  }

  #byte(sequence: number): number {
    return (sequence % this.#size) >> 3;
  }

  #bit(sequence: number): number {
    return 1 << (sequence & 7);
  }
}
