import { readFile, rename } from 'node:fs/promises';

import type { Logger } from 'pino';
import * as z from 'zod';

import { writeDurably } from './durable-file.ts';
import { journalRows, removeJournalRows } from './undo-rows.ts';
import type { Store } from './store.ts';

/** What the host changed outside itself and must take back, even the next host process. */
const undo = z.discriminatedUnion('kind', [
  /** the default sink of the audio server */
  z.object({
    kind: z.literal('default-sink'),
    /** the sink that the host made and put in place */
    ours: z.string(),
    /** the default before; absent: none was configured */
    previous: z.string().optional(),
  }),
  /** an undo command of an app's preparation that still has to run */
  z.object({
    kind: z.literal('undo-command'),
    run: z.string(),
    appId: z.string(),
    words: z.array(z.string()).min(1),
    /** the stream's facts and the app's variables; what is inherited comes from whoever runs it */
    environment: z.record(z.string(), z.string().nullable()),
    workingDirectory: z.string().optional(),
  }),
  /** an app's command that was started and has not been seen to end */
  z.object({
    kind: z.literal('running-command'),
    run: z.string(),
    appId: z.string(),
    processGroup: z.number().int().positive(),
  }),
  /** what a display's provider made or changed in a desktop; `state` is the provider's own affair */
  z.object({
    kind: z.literal('display'),
    provider: z.string(),
    state: z.record(z.string(), z.json()),
  }),
]);

export type Undo = Readonly<z.output<typeof undo>>;
export type UndoOf<Kind extends Undo['kind']> = Extract<Undo, { readonly kind: Kind }>;

/** How those who change something see the journal: a row is written before the change, and goes after its undoing. */
export interface UndoRecords {
  /**
   * Resolves with the row when it is durable.
   *
   * @throws Error when it cannot be made so; the row is then not there
   */
  record<U extends Undo>(row: U): Promise<U>;
  forget(row: Undo): Promise<void>;
  /** The rows of a kind, the oldest first. */
  entries<Kind extends Undo['kind']>(kind: Kind): readonly UndoOf<Kind>[];
}

/** One small file beside the store, so that a damaged store loses none of it. */
export class UndoJournal implements UndoRecords {
  readonly #file: string;
  #rows: readonly Undo[];
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(file: string, rows: readonly Undo[]) {
    this.#file = file;
    this.#rows = rows;
  }

  /**
   * A row that cannot be understood is left out, and a file that cannot is moved aside; the log says so.
   *
   * @param store whose rows of earlier versions are taken over
   */
  static async open(
    file: string,
    log: Pick<Logger, 'warn' | 'error'>,
    store?: Store,
  ): Promise<UndoJournal> {
    const journal = new UndoJournal(file, await read(file, log));
    if (store) await journal.#takeOver(store, log);
    return journal;
  }

  /** Nothing has to be taken back. */
  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  async record<U extends Undo>(row: U): Promise<U> {
    this.#rows = [...this.#rows, row];
    try {
      await this.#write();
    } catch (error) {
      this.#rows = this.#rows.filter((one) => one !== row);
      throw error;
    }
    return row;
  }

  async forget(row: Undo): Promise<void> {
    this.#rows = this.#rows.filter((one) => one !== row);
    await this.#write();
  }

  entries<Kind extends Undo['kind']>(kind: Kind): readonly UndoOf<Kind>[] {
    return this.#rows.filter((row): row is UndoOf<Kind> => row.kind === kind);
  }

  async #takeOver(store: Store, log: Pick<Logger, 'warn' | 'error'>): Promise<void> {
    try {
      const rows = understood(await journalRows(store), 'the store', log);
      if (rows.length > 0) {
        // Rows that were written here, and not yet removed there when a host ended, are the same.
        const known = new Set(this.#rows.map((row) => JSON.stringify(row)));
        this.#rows = [...this.#rows, ...rows.filter((row) => !known.has(JSON.stringify(row)))];
        await this.#write();
      }
      await removeJournalRows(store);
    } catch (error) {
      log.error({ err: error }, 'what an earlier version had to undo could not be taken over');
    }
  }

  /** One after the other; each writes what there is by then. */
  #write(): Promise<void> {
    const written = this.#writing.then(() => writeDurably(this.#file, JSON.stringify(this.#rows)));
    this.#writing = written.catch(() => {});
    return written;
  }
}

async function read(file: string, log: Pick<Logger, 'warn' | 'error'>): Promise<Undo[]> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      log.error({ file, err: error }, 'the undo journal cannot be read; it starts empty');
    }
    return [];
  }
  try {
    return understood(z.array(z.unknown()).parse(JSON.parse(content)), file, log);
  } catch (error) {
    const aside = `${file}.damaged`;
    await rename(file, aside).catch(() => {});
    log.error({ file, aside, err: error }, 'the undo journal is damaged; it was moved aside');
    return [];
  }
}

function understood(rows: readonly unknown[], from: string, log: Pick<Logger, 'warn'>): Undo[] {
  return rows.flatMap((row) => {
    const parsed = undo.safeParse(row);
    if (parsed.success) return [parsed.data];
    log.warn({ from, row, err: parsed.error }, 'a row of the undo journal is left out');
    return [];
  });
}
