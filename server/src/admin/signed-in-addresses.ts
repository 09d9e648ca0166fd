/** Its owner may have gone elsewhere, and somebody else may have got the address. */
const LASTS_MS = 3_600_000;
/** More than an owner has devices. */
const MAX_KEPT = 64;

/** From where somebody who is signed in was heard lately: there are places for connections from there. */
export class SignedInAddresses {
  readonly #now: () => number;
  readonly #heard = new Map<string, number>();

  /** @param now milliseconds, only ever growing */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @param address normalized */
  heard(address: string): void {
    // Put last, so that the first is the one that was not heard for longest.
    this.#heard.delete(address);
    this.#heard.set(address, this.#now());
    if (this.#heard.size > MAX_KEPT) this.#heard.delete(this.#heard.keys().next().value!);
  }

  has(address: string): boolean {
    const heard = this.#heard.get(address);
    return heard !== undefined && this.#now() - heard < LASTS_MS;
  }
}
