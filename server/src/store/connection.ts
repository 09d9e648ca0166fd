import sqlite3 from 'sqlite3';

export type SqlValue = string | number | bigint | Buffer | null;

export interface RunResult {
  /** rows that the statement changed */
  readonly changes: number;
  /** row id of the last insert */
  readonly lastId: number;
}

/** What can be asked of the store, alone or inside a transaction. */
export interface Statements {
  run(sql: string, params?: readonly SqlValue[]): Promise<RunResult>;
  get<T>(sql: string, params?: readonly SqlValue[]): Promise<T | undefined>;
  all<T>(sql: string, params?: readonly SqlValue[]): Promise<T[]>;
}

/** Another program (a backup) may hold the file for so long before a statement fails. */
const BUSY_TIMEOUT_MS = 5000;

/** sqlite3's callbacks as promises. No order of its own. */
export class Connection implements Statements {
  readonly #database: sqlite3.Database;

  private constructor(database: sqlite3.Database) {
    this.#database = database;
  }

  /** @param mode what may be done with the file; without it, it is made where there is none */
  static open(file: string, mode?: 'read'): Promise<Connection> {
    const flags =
      sqlite3.OPEN_FULLMUTEX |
      (mode === 'read' ? sqlite3.OPEN_READONLY : sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE);
    return new Promise((resolve, reject) => {
      const database = new sqlite3.Database(file, flags, (error) => {
        if (error) reject(error);
        else resolve(new Connection(database));
      });
      database.configure('busyTimeout', BUSY_TIMEOUT_MS);
    });
  }

  run(sql: string, params: readonly SqlValue[] = []): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      this.#database.run(sql, params, function (error) {
        if (error) reject(error);
        else resolve({ changes: this.changes, lastId: this.lastID });
      });
    });
  }

  get<T>(sql: string, params: readonly SqlValue[] = []): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#database.get<T>(sql, params, (error, row) => {
        if (error) reject(error);
        else resolve(row);
      });
    });
  }

  all<T>(sql: string, params: readonly SqlValue[] = []): Promise<T[]> {
    return new Promise((resolve, reject) => {
      this.#database.all<T>(sql, params, (error, rows) => {
        if (error) reject(error);
        else resolve(rows);
      });
    });
  }

  /** Several statements at once, without parameters. */
  script(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.exec(sql, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  async transaction<T>(body: (statements: Statements) => Promise<T>): Promise<T> {
    await this.run('BEGIN IMMEDIATE');
    try {
      const result = await body(this);
      await this.run('COMMIT');
      return result;
    } catch (error) {
      // Some errors (a full disk) have rolled back already; the first error is the one to report.
      await this.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.close((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
}
