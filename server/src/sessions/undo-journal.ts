import { readFile } from 'node:fs/promises';

import type { Logger } from 'pino';
import * as z from 'zod';

import { writeDurably } from '../store/durable-file.ts';

/** A change to the desktop that must be taken back, even by the next host process. */
export interface Undo {
  readonly kind: 'default-sink';
  /** the sink that the host made and put in place */
  readonly ours: string;
  /** the default before; absent: none was configured */
  readonly previous?: string | undefined;
}

/** Written before the change, removed after it was taken back. */
export interface UndoJournal {
  /** Resolves when it is durable. */
  record(undo: Undo): Promise<void>;
  forget(undo: Undo): Promise<void>;
  entries(): readonly Undo[];
}

const shape = z.array(
  z.object({
    kind: z.literal('default-sink'),
    ours: z.string(),
    previous: z.string().optional(),
  }),
);

/** One small file in the host's data folder. */
export class FileUndoJournal implements UndoJournal {
  readonly #file: string;
  #entries: Undo[];

  private constructor(file: string, entries: Undo[]) {
    this.#file = file;
    this.#entries = entries;
  }

  /** A file that is absent or cannot be understood is an empty journal; the latter is logged. */
  static async open(file: string, log: Pick<Logger, 'warn'>): Promise<FileUndoJournal> {
    try {
      return new FileUndoJournal(file, shape.parse(JSON.parse(await readFile(file, 'utf8'))));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        log.warn({ file, err: error }, 'the undo journal cannot be read; it starts empty');
      }
      return new FileUndoJournal(file, []);
    }
  }

  async record(undo: Undo): Promise<void> {
    this.#entries.push(undo);
    await this.#write();
  }

  async forget(undo: Undo): Promise<void> {
    this.#entries = this.#entries.filter((entry) => entry !== undo);
    await this.#write();
  }

  entries(): readonly Undo[] {
    return this.#entries;
  }

  async #write(): Promise<void> {
    await writeDurably(this.#file, JSON.stringify(this.#entries));
  }
}
