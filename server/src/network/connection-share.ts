import type { Socket } from 'node:net';

import { normalizeAddress, shareOf } from './address.ts';

export interface ShareLimits {
  /** connections that one share may hold at a time: an IPv4 address, or a /64 (`shareOf`) */
  readonly perShare: number;
  /** connections of all who are not known, together */
  readonly strangers: number;
  /** places beside those, which only who is known can take */
  readonly known: number;
}

/**
 * Who may hold how many connections of a server, so that no stranger takes all that it has. Who is known (paired,
 * signed in) draws on places that no stranger can fill, and is counted by its own address there, so that a neighbour
 * in its /64 shuts nobody out.
 */
export class ConnectionShare {
  readonly #limits: ShareLimits;
  readonly #isKnown: (address: string) => boolean;
  readonly #strangers: Pool;
  readonly #known: Pool;
  /** by both ends: a socket and the TLS socket around it are one connection */
  readonly #places = new Map<string, Place>();

  /** @param isKnown whether somebody proved who it is from exactly this address, lately; normalized */
  constructor(limits: ShareLimits, isKnown: (address: string) => boolean = () => false) {
    this.#limits = limits;
    this.#isKnown = isKnown;
    this.#strangers = new Pool(limits.strangers);
    this.#known = new Pool(limits.known);
  }

  /** Counts a new connection until it closes. @returns false when there is no place for it */
  take(socket: Socket): boolean {
    const address = normalizeAddress(socket.remoteAddress);
    const place =
      (this.#isKnown(address) ? this.#enter(this.#known, address) : undefined) ??
      this.#enter(this.#strangers, shareOf(address));
    if (!place) return false;
    const connection = endsOf(socket);
    this.#places.set(connection, place);
    socket.once('close', () => this.#leave(connection));
    return true;
  }

  /** Whoever is at the other end proved who it is: its connection gives the stranger's place back. */
  recognise(socket: Socket): void {
    const connection = endsOf(socket);
    const place = this.#places.get(connection);
    if (place?.pool !== this.#strangers) return;
    const known = this.#enter(this.#known, normalizeAddress(socket.remoteAddress));
    if (!known) return;
    place.pool.leave(place.key);
    this.#places.set(connection, known);
  }

  #enter(pool: Pool, key: string): Place | undefined {
    return pool.enter(key, this.#limits.perShare) ? { pool, key } : undefined;
  }

  #leave(connection: string): void {
    const place = this.#places.get(connection);
    this.#places.delete(connection);
    place?.pool.leave(place.key);
  }
}

function endsOf(socket: Socket): string {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

interface Place {
  readonly pool: Pool;
  readonly key: string;
}

/** Places, and who holds how many of them. */
class Pool {
  readonly #size: number;
  readonly #held = new Map<string, number>();
  #taken = 0;

  constructor(size: number) {
    this.#size = size;
  }

  enter(key: string, most: number): boolean {
    const held = this.#held.get(key) ?? 0;
    if (this.#taken >= this.#size || held >= most) return false;
    this.#held.set(key, held + 1);
    this.#taken += 1;
    return true;
  }

  leave(key: string): void {
    const left = this.#held.get(key)! - 1;
    if (left > 0) this.#held.set(key, left);
    else this.#held.delete(key);
    this.#taken -= 1;
  }
}
