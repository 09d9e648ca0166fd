import { FRAME_AFTER_INVALIDATION, FRAME_IDR, FRAME_INTRA_REFRESH } from './access-unit.ts';

/** How the client gets a clean picture again after a loss (protocol 4 §7). */
export type RecoveryMode = 'keyframe' | 'invalidation';

export interface RecoveryRequests {
  keyframe(): void;
  invalidate(first: number, last: number): void;
}

/** Frames a stock client drops before it asks for a keyframe again. */
const DROPPED_BEFORE_REPEAT = 120;

/** Decides which frames go to the decoder, and asks the host for what makes them decodable again. */
export class LossRecovery {
  readonly #mode: RecoveryMode;
  readonly #requests: RecoveryRequests;
  #waiting: 'first' | 'keyframe' | 'invalidation' | undefined = 'first';
  #requestDue = false;
  #dropped = 0;
  #lastDelivered = 0;
  #firstDamaged = 0;

  constructor(mode: RecoveryMode, requests: RecoveryRequests) {
    this.#mode = mode;
    this.#requests = requests;
  }

  /** frames that were complete and thrown away */
  droppedFrames = 0;

  lost(first: number, last: number): void {
    if (this.#waiting === 'first') return;
    if (this.#mode === 'invalidation' && this.#waiting !== 'keyframe') {
      if (this.#waiting !== 'invalidation')
        this.#firstDamaged = Math.min(first, this.#lastDelivered + 1);
      this.#waiting = 'invalidation';
      this.#requests.invalidate(this.#firstDamaged, last);
      return;
    }
    this.#waiting = 'keyframe';
    // A stock client asks when the first complete frame after the gap arrives.
    this.#requestDue = true;
  }

  /** The decoder cannot go on. */
  decoderFailed(): void {
    this.#waiting = 'keyframe';
    this.#dropped = 0;
    this.#requests.keyframe();
  }

  /** @returns whether this frame goes to the decoder */
  admits(index: number, type: number): boolean {
    const clean =
      type === FRAME_IDR ||
      (this.#waiting === 'invalidation' &&
        (type === FRAME_AFTER_INVALIDATION || type === FRAME_INTRA_REFRESH));
    if (this.#waiting && !clean) {
      this.#drop(index);
      return false;
    }
    this.#waiting = undefined;
    this.#requestDue = false;
    this.#dropped = 0;
    this.#lastDelivered = index;
    return true;
  }

  #drop(index: number): void {
    this.droppedFrames++;
    this.#dropped++;
    if (this.#waiting === 'invalidation') {
      this.#requests.invalidate(this.#firstDamaged, index);
    } else if (this.#requestDue || this.#dropped >= DROPPED_BEFORE_REPEAT) {
      this.#requestDue = false;
      this.#dropped = 0;
      this.#requests.keyframe();
    }
  }
}
