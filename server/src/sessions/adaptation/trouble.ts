/** Frames that one message may call lost; a client that names more has something else wrong. */
export const MOST_FRAMES = 1000;

/** Tenths of a second in which the client could not show a frame. */
export class Trouble {
  #tenths: number[] = [];
  #lastRangeFirst = -1;
  #lostThrough = 0;

  /** A frame was lost, as far as the client's message tells. */
  at(now: number): void {
    const tenth = Math.floor(now / 100);
    if (this.#tenths.at(-1) !== tenth) this.#tenths.push(tenth);
    if (this.#tenths.length > 100) this.#tenths.shift();
  }

  /**
   * A request to invalidate frames. Until it is answered the client repeats it with a longer range (protocol 4
   * §7): the first frame stays, and nothing new was lost.
   *
   * @returns how many frames it names that were not known to be lost
   */
  range(first: number, last: number, now: number): number {
    if (first !== this.#lastRangeFirst) this.at(now);
    this.#lastRangeFirst = first;
    if (last - first >= MOST_FRAMES) return 0;
    const lost = Math.max(0, last - Math.max(first - 1, this.#lostThrough));
    this.#lostThrough = Math.max(this.#lostThrough, last);
    return lost;
  }

  /** @returns whether this frame was not known to be lost */
  frame(frame: number, now: number): boolean {
    this.at(now);
    if (frame <= this.#lostThrough) return false;
    this.#lostThrough = frame;
    return true;
  }

  /** How many there were since then. */
  since(time: number): number {
    const first = Math.ceil(time / 100);
    return this.#tenths.filter((tenth) => tenth >= first).length;
  }

  forget(): void {
    this.#tenths = [];
  }
}
