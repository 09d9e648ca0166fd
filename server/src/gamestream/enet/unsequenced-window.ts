const WINDOW = 1024;
const FREE_WINDOWS = 32;

/** Drops repeats of unsequenced packets; the whole peer shares one (protocol 2 §A.4). */
export class UnsequencedWindow {
  #base = 0;
  readonly #seen = new Uint8Array(WINDOW / 8);

  /** @returns whether this group is new; then it counts as seen */
  admit(group: number): boolean {
    const unwrapped = group < this.#base ? group + 0x10000 : group;
    if (unwrapped >= this.#base + FREE_WINDOWS * WINDOW) return false;
    const index = group % WINDOW;
    const bit = 1 << (index % 8);
    if (group - index !== this.#base) {
      this.#base = group - index;
      this.#seen.fill(0);
    } else if (this.#seen[index >> 3]! & bit) {
      return false;
    }
    this.#seen[index >> 3]! |= bit;
    return true;
  }
}
