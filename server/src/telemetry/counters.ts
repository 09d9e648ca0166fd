/** Named counters of one part: what was refused, dropped or repeated. Cheap enough for every packet. */
export class Counters {
  readonly #values = new Map<string, number>();

  /** @param name `kebab-case`, from a fixed set: never built from what a stranger sent */
  add(name: string, amount = 1): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + amount);
  }

  get(name: string): number {
    return this.#values.get(name) ?? 0;
  }

  snapshot(): Record<string, number> {
    return Object.fromEntries(this.#values);
  }
}
