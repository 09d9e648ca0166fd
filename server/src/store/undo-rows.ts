import type { Store } from './store.ts';

interface UndoRow {
  readonly run: string;
  readonly app_id: string;
  readonly command: string;
  readonly environment: string;
  readonly working_directory: string | null;
}

interface CommandRow {
  readonly run: string;
  readonly app_id: string;
  readonly process_group: number;
}

/** What earlier versions kept in the store: undo commands, the oldest first, and running commands. Not checked. */
export async function journalRows(store: Store): Promise<unknown[]> {
  const undo = await store.all<UndoRow>('SELECT * FROM journal ORDER BY id');
  const running = await store.all<CommandRow>('SELECT * FROM running_commands');
  return [
    ...undo.map((row) => ({
      kind: 'undo-command',
      run: row.run,
      appId: row.app_id,
      words: parsed(row.command),
      environment: parsed(row.environment),
      ...(row.working_directory !== null && { workingDirectory: row.working_directory }),
    })),
    ...running.map((row) => ({
      kind: 'running-command',
      run: row.run,
      appId: row.app_id,
      processGroup: row.process_group,
    })),
  ];
}

export async function removeJournalRows(store: Store): Promise<void> {
  await store.run('DELETE FROM journal');
  await store.run('DELETE FROM running_commands');
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
