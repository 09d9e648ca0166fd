import type { Command } from './command.ts';
import { acknowledgement } from './outbox.ts';
import type { DatagramSpace } from './outgoing-queue.ts';

const ACKNOWLEDGEMENT_SIZE = 8;

/** What one peer sent and is still to be told that it came. */
export class AcknowledgementQueue {
  #waiting: Command[] = [];

  get empty(): boolean {
    return this.#waiting.length === 0;
  }

  /** @param sentTime of the datagram that the command came in */
  push(command: Command, sentTime: number): void {
    this.#waiting.push(acknowledgement(command, sentTime));
  }

  /** @param answerLimit bytes that a datagram may have; infinite for a peer that is trusted */
  fill(space: DatagramSpace, answerLimit: number): void {
    const bounded = answerLimit < Infinity;
    // A datagram of acknowledgements alone has no sent time: two bytes of header less.
    if (bounded) space.left += 2;
    while (this.#waiting.length > 0 && space.fits(ACKNOWLEDGEMENT_SIZE)) {
      space.put(this.#waiting.shift()!, ACKNOWLEDGEMENT_SIZE);
    }
    if (!bounded) return;
    space.left -= 2;
    // What was too much is asked for again by the peer's own retransmission.
    this.#waiting = [];
  }

  clear(): void {
    this.#waiting = [];
  }
}
