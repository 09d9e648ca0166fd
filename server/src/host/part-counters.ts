/** Counters by name. */
export type Counted = Readonly<Record<string, number>>;

/** By part: what it counted, for whoever looks for a cause. */
export class PartCounters {
  readonly #parts = new Map<string, () => Promise<Counted> | Counted>();

  add(part: string, read: () => Promise<Counted> | Counted): void {
    this.#parts.set(part, read);
  }

  /** Never rejects: of a part that cannot be asked just now there is nothing. */
  async snapshot(): Promise<Record<string, Counted>> {
    const counted = [...this.#parts].map(async ([part, read]) => {
      // A control worker that is being replaced answers nothing.
      return [part, await Promise.resolve(read()).catch(() => ({}))] as const;
    });
    return Object.fromEntries(await Promise.all(counted));
  }
}
