/**
 * What the host did against the protocol. A stock client would often swallow such a thing silently or break
 * much later; ours names it, and tests demand an empty list.
 */
export class Violations {
  readonly #first: string[] = [];
  #count = 0;

  /** Keeps the first 50 sentences and counts all. */
  report(sentence: string): void {
    this.#count++;
    if (this.#first.length < 50) this.#first.push(sentence);
  }

  get count(): number {
    return this.#count;
  }

  /** the first ones, oldest first */
  get list(): readonly string[] {
    return this.#first;
  }
}
