/** What was asked for holds while the host runs, or not at all, because the disk does not take it; a sentence. */
export class NotStored extends Error {
  override readonly name = 'NotStored';
}

/** SQLite's errors of a disk that takes nothing more, in words. */
const REASONS: Readonly<Record<string, string>> = {
  SQLITE_FULL: 'the disk is full',
  SQLITE_READONLY: 'the store may only be read',
  SQLITE_IOERR: 'the disk does not answer as it should',
  SQLITE_BUSY: 'another program holds the store',
};

/** @returns the error itself unless it is the disk's */
export function asNotStored(error: unknown): unknown {
  const reason = REASONS[(error as { code?: string } | null)?.code ?? ''];
  return reason === undefined
    ? error
    : new NotStored(`That could not be stored: ${reason}.`, { cause: error });
}
