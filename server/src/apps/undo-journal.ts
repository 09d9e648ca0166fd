import type { Store } from '../store/store.ts';
import type { CommandVariables } from './apps.ts';

/** An undo command that still has to run. */
export interface PendingUndo {
  readonly entry: number;
  readonly run: string;
  readonly appId: string;
  readonly words: readonly string[];
  /** the stream's facts and the app's variables; what is inherited comes from whoever runs it */
  readonly environment: CommandVariables;
  readonly workingDirectory: string | undefined;
}

/** A command that was started and has not been seen to end. */
export interface PendingCommand {
  readonly run: string;
  readonly appId: string;
  readonly processGroup: number;
}

interface UndoRow {
  readonly id: number;
  readonly run: string;
  readonly app_id: string;
  readonly command: string;
  readonly environment: string;
  readonly working_directory: string | null;
}

/** What has to be put right after a crash of the host: written durably before the thing itself happens. */
export class UndoJournal {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  async add(undo: Omit<PendingUndo, 'entry'>): Promise<PendingUndo> {
    const { lastId } = await this.#store.run(
      `INSERT INTO journal (run, app_id, command, environment, working_directory, created_at)
       VALUES (?, ?, ?, ?, ?, ?)`,
      [
        undo.run,
        undo.appId,
        JSON.stringify(undo.words),
        JSON.stringify(undo.environment),
        undo.workingDirectory ?? null,
        this.#now(),
      ],
    );
    return { ...undo, entry: lastId };
  }

  async remove(entry: number): Promise<void> {
    await this.#store.run('DELETE FROM journal WHERE id = ?', [entry]);
  }

  async commandStarted(command: PendingCommand): Promise<void> {
    await this.#store.run(
      'INSERT INTO running_commands (run, app_id, process_group, started_at) VALUES (?, ?, ?, ?)',
      [command.run, command.appId, command.processGroup, this.#now()],
    );
  }

  async commandEnded(run: string): Promise<void> {
    await this.#store.run('DELETE FROM running_commands WHERE run = ?', [run]);
  }

  /** Newest first. */
  async pendingUndo(): Promise<PendingUndo[]> {
    const rows = await this.#store.all<UndoRow>('SELECT * FROM journal ORDER BY id DESC');
    return rows.map((row) => ({
      entry: row.id,
      run: row.run,
      appId: row.app_id,
      words: JSON.parse(row.command) as string[],
      environment: JSON.parse(row.environment) as CommandVariables,
      workingDirectory: row.working_directory ?? undefined,
    }));
  }

  async pendingCommands(): Promise<PendingCommand[]> {
    const rows = await this.#store.all<{ run: string; app_id: string; process_group: number }>(
      'SELECT run, app_id, process_group FROM running_commands',
    );
    return rows.map((row) => ({
      run: row.run,
      appId: row.app_id,
      processGroup: row.process_group,
    }));
  }
}
