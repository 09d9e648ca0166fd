import type { TLSSocket } from 'node:tls';
import type { HostRequests } from './host-requests.ts';

/** While the link is full none can be opened, and a search goes from one full rate to the next. */
const KEPT = 4;

/** Connections that stand ready, so that a request needs one packet towards the host and none back. */
export class ConnectionsAhead {
  readonly #requests: Pick<HostRequests, 'connectAhead'>;
  readonly #opening = new Set<Promise<void>>();
  #standing: TLSSocket[] = [];
  #closed = false;

  constructor(requests: Pick<HostRequests, 'connectAhead'>) {
    this.#requests = requests;
    this.#fill();
  }

  /** Resolves when those that were begun stand, or failed. */
  async ready(): Promise<void> {
    await Promise.all(this.#opening);
  }

  /** @returns undefined when none stands: the request then opens its own */
  take(): TLSSocket | undefined {
    // The host closes what waits too long.
    this.#standing = this.#standing.filter(({ destroyed, writable }) => !destroyed && writable);
    const next = this.#standing.shift();
    this.#fill();
    return next;
  }

  /** May be called twice. */
  close(): void {
    this.#closed = true;
    for (const socket of this.#standing) socket.destroy();
    this.#standing = [];
  }

  #fill(): void {
    if (this.#closed) return;
    while (this.#standing.length + this.#opening.size < KEPT) {
      const opening = this.#requests
        .connectAhead()
        .then((socket) => {
          if (this.#closed) socket.destroy();
          else this.#standing.push(socket);
        })
        // The next `take` tries again.
        .catch(() => undefined)
        .finally(() => this.#opening.delete(opening));
      this.#opening.add(opening);
    }
  }
}
