import type { SendMethod } from '../../native/statistics.ts';

/** Share of the packets that is worth a try with another way of sending. */
const WORTH_A_TRY = 0.05;

/**
 * Segmentation offload is left, once and for good, when the client gets nothing while it is in use, or when much
 * is lost and a lower bitrate has just been found not to help: some drivers and virtual networks lose or damage
 * what they should cut into packets. Batches cost a little more CPU and nothing else.
 */
export class OffloadWatch {
  #left = false;

  /**
   * @param nothing the client has got no frame for seconds
   * @param ownLoss share of the packets that a lower bitrate has just not saved; 0 without such a trial
   * @returns why it is left now
   */
  consider(
    method: SendMethod,
    nothing: boolean,
    ownLoss: number,
  ): 'nothing-arrives' | 'loss-stays' | undefined {
    if (this.#left || method !== 'gso') return undefined;
    if (!nothing && ownLoss < WORTH_A_TRY) return undefined;
    this.#left = true;
    return nothing ? 'nothing-arrives' : 'loss-stays';
  }
}
