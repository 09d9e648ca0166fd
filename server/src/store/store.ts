import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import { Connection } from './connection.ts';
import type { RunResult, SqlValue, Statements } from './connection.ts';
import { fileTrouble } from './file-trouble.ts';
import { MIGRATIONS } from './migrations.ts';
import { asNotStored } from './not-stored.ts';
import {
  copyOf,
  removeShapeCopies,
  replaceCopy,
  setAside,
  shapeCopyOf,
  sizeOf,
  wayBackFrom,
} from './store-copy.ts';

export type { RunResult, SqlValue, Statements };

/** The store's file cannot be used, with what the owner can do about it. */
export class StoreUnusable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnusable';
  }
}

/**
 * The one SQLite file of the host. Statements run one after the other, in the order they were asked for, off
 * the event loop; a transaction keeps everybody else waiting until it ends.
 */
export class Store implements Statements {
  /** what the owner has to know when the store that was there could not be used */
  readonly replaced: string | undefined;
  readonly #file: string;
  readonly #connection: Connection;
  #queue: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  private constructor(file: string, connection: Connection, replaced?: string) {
    this.#file = file;
    this.#connection = connection;
    this.replaced = replaced;
  }

  /**
   * Opens or makes the file (0600, in a folder 0700 if it has to be made) and brings it to today's shape. One that
   * is damaged, empty, another program's, or gone while its copy is there, is replaced by a new one, never in
   * silence: `replaced` tells of it.
   *
   * @throws StoreUnusable when the file belongs to a newer Earthshine, or cannot be opened
   */
  static async open(file: string, log: Logger): Promise<Store> {
    try {
      await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
      const found = await openFound(file);
      if (typeof found === 'object') return new Store(file, found);
      const replaced = await setAside(file, found);
      log.error({ code: 'store-replaced', file }, replaced);
      return new Store(file, await prepare(file), replaced);
    } catch (error) {
      if (error instanceof StoreUnusable) throw error;
      throw new StoreUnusable(fileTrouble(`The store ${file}`, error, file), { cause: error });
    }
  }

  /** Keeps a whole copy of what is stored beside the file, for the day when that is damaged. */
  keepCopy(): Promise<void> {
    return this.#enqueue(() =>
      replaceCopy(copyOf(this.#file), (copy) => this.#connection.run('VACUUM INTO ?', [copy])),
    );
  }

  /**
   * Makes the copy anew because what it holds must never come back: a device that is shut out. The old one, and those from
   * before an upgrade, go before anything that is asked for after this call.
   */
  async renewCopy(): Promise<void> {
    await this.#enqueue(async () => {
      await rm(copyOf(this.#file), { force: true });
      await removeShapeCopies(this.#file);
    });
    await this.keepCopy();
  }

  run(sql: string, params: readonly SqlValue[] = []): Promise<RunResult> {
    return this.#enqueue(() => this.#connection.run(sql, params));
  }

  get<T>(sql: string, params: readonly SqlValue[] = []): Promise<T | undefined> {
    return this.#enqueue(() => this.#connection.get<T>(sql, params));
  }

  all<T>(sql: string, params: readonly SqlValue[] = []): Promise<T[]> {
    return this.#enqueue(() => this.#connection.all<T>(sql, params));
  }

  /**
   * Everything that `body` does through its argument happens, or nothing does. `body` must not call the store
   * itself: that call would wait for the transaction that waits for it.
   */
  transaction<T>(body: (statements: Statements) => Promise<T>): Promise<T> {
    return this.#enqueue(() => this.#connection.transaction(body));
  }

  /** Waits for what was asked before. Later calls are rejected. */
  close(): Promise<void> {
    this.#closing ??= this.#queue.then(() => this.#connection.close());
    return this.#closing;
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closing) return Promise.reject(new Error('the store is closed'));
    const result = this.#queue.then(work).catch((error: unknown) => {
      throw asNotStored(error);
    });
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** @returns why the file cannot be used although its owner loses something with it; completes a sentence */
async function openFound(file: string): Promise<Connection | string> {
  const size = await sizeOf(file);
  if (size === undefined && (await sizeOf(copyOf(file))) !== undefined) return 'is gone';
  if (size === 0) return 'was cut to nothing';
  try {
    return await prepare(file);
  } catch (error) {
    if (error instanceof ForeignStore) return "is another program's";
    if (isCorruption(error)) return `is damaged (${(error as Error).message})`;
    throw error;
  }
}

async function prepare(file: string): Promise<Connection> {
  // Made here so that it is never readable by others, not even for a moment; -wal and -shm take its mode.
  await (await open(file, 'a', 0o600)).close();
  const connection = await Connection.open(file);
  try {
    const check = await connection.get<{ quick_check: string }>('PRAGMA quick_check(1)');
    if (check?.quick_check !== 'ok') throw new CorruptStore(check?.quick_check ?? 'no answer');
    const tables = await connection.all<{ name: string }>('SELECT name FROM sqlite_master');
    if (tables.length > 0 && !tables.some(({ name }) => name === 'devices')) {
      throw new ForeignStore();
    }
    await connection.run('PRAGMA foreign_keys = ON');
    await connection.run('PRAGMA journal_mode = WAL');
    await connection.run('PRAGMA synchronous = FULL');
    await migrate(connection, file);
    return connection;
  } catch (error) {
    await connection.close().catch(() => undefined);
    throw error;
  }
}

async function migrate(connection: Connection, file: string): Promise<void> {
  const row = await connection.get<{ user_version: number }>('PRAGMA user_version');
  const version = row?.user_version ?? 0;
  const known = MIGRATIONS.length;
  if (version > known) {
    throw new StoreUnusable(
      `The store ${file} was written by a newer Earthshine (shape ${version}, this one knows ${known}). ` +
        `Install the newer version, or start with another --data folder. ${await wayBackFrom(file, known)}`.trimEnd(),
    );
  }
  // Whoever goes back to the version before finds the store as that one knew it.
  if (version > 0 && version < known) {
    await replaceCopy(shapeCopyOf(file, version), (copy) =>
      connection.run('VACUUM INTO ?', [copy]),
    );
  }
  for (const [index, sql] of MIGRATIONS.entries()) {
    if (index < version) continue;
    await connection.transaction(async () => {
      await connection.script(sql);
      await connection.run(`PRAGMA user_version = ${index + 1}`);
    });
  }
}

class CorruptStore extends Error {
  readonly code = 'SQLITE_CORRUPT';
}

/** A database that this program never wrote. */
class ForeignStore extends Error {}

function isCorruption(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  return code === 'SQLITE_CORRUPT' || code === 'SQLITE_NOTADB';
}
