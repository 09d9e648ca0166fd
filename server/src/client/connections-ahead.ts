import type { TLSSocket } from 'node:tls';
import type { HostRequests } from './host-requests.ts';

/** One for the next request, one for that after it: the link may be full between the two. */
const KEPT = 2;

/** Connections that stand ready, so that a request needs one packet towards the host and none back. */
export class ConnectionsAhead {
  readonly #requests: Pick<HostRequests, 'connectAhead'>;
  #waiting: Promise<TLSSocket | undefined>[] = [];
  #closed = false;

  constructor(requests: Pick<HostRequests, 'connectAhead'>) {
    this.#requests = requests;
    for (let count = 0; count < KEPT; count++) this.#open();
  }

  /** Resolves when those that were begun stand, or failed. */
  async ready(): Promise<void> {
    await Promise.all(this.#waiting);
  }

  /** @returns undefined when there is none that stands: the request then opens its own */
  async take(): Promise<TLSSocket | undefined> {
    const next = this.#waiting.shift();
    this.#open();
    const socket = await next;
    return socket && !socket.destroyed && socket.writable ? socket : undefined;
  }

  /** May be called twice. */
  close(): void {
    this.#closed = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) void one.then((socket) => socket?.destroy());
  }

  #open(): void {
    if (this.#closed) return;
    const opening = this.#requests.connectAhead().catch(() => undefined);
    // The host closes what waits too long; whoever takes it sees that.
    void opening.then((socket) => {
      if (this.#closed) socket?.destroy();
    });
    this.#waiting.push(opening);
  }
}
