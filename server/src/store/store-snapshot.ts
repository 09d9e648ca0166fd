import { open } from 'node:fs/promises';

import { Connection } from './connection.ts';
import { MIGRATIONS } from './migrations.ts';

/** What of a store belongs to one machine and its moment: who signs in, what is still to be undone there, its problems. */
const OF_THE_MOMENT = ['admin_sessions', 'tokens', 'journal', 'running_commands', 'problems'];

/**
 * A whole copy of a store for another day or machine, made beside the host that may be writing to it. The store itself is
 * neither changed nor brought to another shape.
 *
 * @param copy is not there yet
 */
export async function snapshotOf(file: string, copy: string): Promise<void> {
  await (await open(copy, 'wx', 0o600)).close();
  const connection = await Connection.open(file, 'read');
  try {
    await connection.run('VACUUM INTO ?', [copy]);
  } finally {
    await connection.close();
  }
  const made = await Connection.open(copy);
  try {
    await made.run('PRAGMA secure_delete = ON');
    const tables = await made.all<{ name: string }>(TABLES);
    for (const name of OF_THE_MOMENT) {
      if (tables.some((table) => table.name === name)) await made.run(`DELETE FROM ${name}`);
    }
  } finally {
    await made.close();
  }
}

/**
 * Whether a store from elsewhere is what this program, or an earlier one, made: whole, of the right tables and columns,
 * and without anything in it that acts by itself.
 *
 * @returns undefined for one that is; else what is wrong, which completes "the store in it": `is damaged`
 */
export async function troubleInStore(file: string): Promise<string | undefined> {
  const connection = await Connection.open(file, 'read');
  try {
    await connection.run('PRAGMA trusted_schema = OFF');
    const { user_version: version } = (await connection.get<{ user_version: number }>(
      'PRAGMA user_version',
    ))!;
    if (version > MIGRATIONS.length) {
      return `was written by a newer Earthshine (shape ${version}, this one knows ${MIGRATIONS.length})`;
    }
    if (version < 1) return 'is none of Earthshine';
    const check = await connection.get<{ quick_check: string }>('PRAGMA quick_check(1)');
    if (check?.quick_check !== 'ok') return 'is damaged';
    const expected = await shapeAt(version);
    return (await shapeOf(connection)) === expected ? undefined : 'is none of Earthshine';
  } catch {
    return 'is damaged';
  } finally {
    await connection.close();
  }
}

/** The devices of a store that is only looked at; none where it cannot be. */
export async function pairedDevices(
  file: string,
): Promise<{ fingerprint: string; name: string }[]> {
  const connection = await Connection.open(file, 'read').catch(() => undefined);
  if (!connection) return [];
  try {
    return await connection.all('SELECT fingerprint, name FROM devices ORDER BY name');
  } catch {
    return [];
  } finally {
    await connection.close();
  }
}

const TABLES = `SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name`;

/** What a store of a version looks like; made of the migrations themselves. */
async function shapeAt(version: number): Promise<string> {
  const memory = await Connection.open(':memory:');
  try {
    for (const step of MIGRATIONS.slice(0, version)) await memory.script(step);
    return await shapeOf(memory);
  } finally {
    await memory.close();
  }
}

/** The names and columns of its tables, and everything that is no table. */
async function shapeOf(connection: Connection): Promise<string> {
  const others = await connection.all<{ type: string; name: string }>(
    `SELECT type, name FROM sqlite_master WHERE type <> 'table' ORDER BY type, name`,
  );
  const tables = await connection.all<{ name: string }>(TABLES);
  const columns: unknown[] = [];
  for (const { name } of tables) {
    columns.push([
      name,
      await connection.all('SELECT name, type, "notnull", pk, hidden FROM pragma_table_xinfo(?)', [
        name,
      ]),
    ]);
  }
  return JSON.stringify([others, columns]);
}
