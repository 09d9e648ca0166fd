import type { SendMethod } from '../../native/statistics.ts';

/** Share of the packets, and milliseconds that so much stays lost, until another way of sending is tried. */
const WORTH_A_TRY = 0.02;
const LASTING = 2_000;
/** So many requests for a keyframe within so many milliseconds are as telling. */
const KEYFRAMES = 3;
const KEYFRAME_SPAN = 3_000;

/** What the moment looks like. */
export interface OffloadSigns {
  readonly now: number;
  readonly method: SendMethod;
  /** the client has got no frame for seconds */
  readonly nothing: boolean;
  /** share of the packets that are surely lost, 0…1 */
  readonly loss: number;
}

/**
 * Segmentation offload is left, once and for good, when the client gets nothing or loses much while it is in use:
 * some drivers and virtual networks lose or damage what they should cut into packets. Whether the network loses
 * by itself is not waited for: batches cost a little more CPU and nothing else.
 */
export class OffloadWatch {
  #left = false;
  #lossSince: number | undefined;
  #keyframes: number[] = [];

  keyframeRequested(now: number): void {
    this.#keyframes = [...this.#keyframes.slice(1 - KEYFRAMES), now];
  }

  /** Another path: what was lost on the former one says nothing. */
  forget(): void {
    this.#lossSince = undefined;
    this.#keyframes = [];
  }

  /** @returns why it is left now, in words for the owner */
  consider({ now, method, nothing, loss }: OffloadSigns): string | undefined {
    if (this.#left || method !== 'gso') return undefined;
    this.#lossSince = loss >= WORTH_A_TRY ? (this.#lossSince ?? now) : undefined;
    const lasting = this.#lossSince !== undefined && now - this.#lossSince >= LASTING;
    const [first] = this.#keyframes;
    const asking = this.#keyframes.length === KEYFRAMES && now - first! <= KEYFRAME_SPAN;
    if (!nothing && !lasting && !asking) return undefined;
    this.#left = true;
    if (nothing) return 'nothing arrives that is sent with segmentation offload';
    return lasting
      ? `${(loss * 100).toFixed(1)} % of packets lost, so segmentation offload is left`
      : 'keyframes are asked for again and again, so segmentation offload is left';
  }
}
