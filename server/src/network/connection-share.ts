import type { Socket } from 'node:net';

import { normalizeAddress } from './address.ts';

/** How many connections one address may hold at a time, so that no stranger takes all that a server has. */
export class ConnectionShare {
  readonly #most: number;
  readonly #held = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Counts a new connection until it closes. @returns false when its address holds enough already */
  take(socket: Socket): boolean {
    const address = normalizeAddress(socket.remoteAddress);
    const held = this.#held.get(address) ?? 0;
    if (held >= this.#most) return false;
    this.#held.set(address, held + 1);
    socket.once('close', () => {
      const left = this.#held.get(address)! - 1;
      if (left > 0) this.#held.set(address, left);
      else this.#held.delete(address);
    });
    return true;
  }
}
