import type { Logger } from 'pino';

/** Something that was opened and will be closed. */
export interface Closable {
  close(): Promise<void> | void;
}

/** What is open, closed in reverse: what stands on a part goes before it. */
export class OpenParts {
  readonly #log: Logger;
  readonly #parts: Closable[] = [];
  #closing: Promise<void> | undefined;

  constructor(log: Logger) {
    this.#log = log;
  }

  keep<T extends Closable>(part: T): T {
    this.#parts.push(part);
    return part;
  }

  /** May be called twice. Never rejects: a part that cannot be closed keeps no other open. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const part of this.#parts.reverse()) {
        try {
          await part.close();
        } catch (error) {
          this.#log.error({ err: error, part: part.constructor.name }, 'could not be closed');
        }
      }
    })();
    return this.#closing;
  }
}
