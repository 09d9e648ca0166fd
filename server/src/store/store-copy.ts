import { open, rename, rm, stat } from 'node:fs/promises';

/** The copy of a store that is kept beside it after each start that went well. */
export const copyOf = (file: string): string => `${file}.last-good`;

/** Makes the copy durable and puts it in the place of the one before. @param write makes a file that is not there yet */
export async function replaceCopy(
  file: string,
  write: (temporary: string) => Promise<unknown>,
): Promise<void> {
  const temporary = `${copyOf(file)}.new`;
  await rm(temporary, { force: true });
  try {
    await write(temporary);
    const handle = await open(temporary, 'r+');
    try {
      await handle.chmod(0o600);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, copyOf(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Moves a store that cannot be used out of the way, and its last good copy to where no later start replaces it.
 *
 * @param why completes a sentence: `is damaged`
 * @returns what the owner reads: what happened, and the way back
 */
export async function setAside(file: string, why: string, now = new Date()): Promise<string> {
  const stamp = now.toISOString().replace(/[:.]/g, '-');
  const aside = `${file}.damaged-${stamp}`;
  const isMoved = await moved(file, aside);
  // What the journal holds may be all that a rescue needs.
  for (const suffix of ['-wal', '-shm']) await moved(file + suffix, aside + suffix);
  const copy = `${copyOf(file)}-${stamp}`;
  const hasCopy = await moved(copyOf(file), copy);
  const day = hasCopy ? (await stat(copy)).mtime.toISOString().slice(0, 16).replace('T', ' ') : '';
  return [
    `The store ${file} ${why}.`,
    isMoved
      ? `It was moved to ${aside}, and a new, empty one is in use:`
      : 'A new, empty one is in use:',
    'paired devices, apps, settings and the password are not in it.',
    hasCopy
      ? `To go back to how it was on ${day} UTC, stop Earthshine and run: rm -f ${file}-wal && cp -p ${copy} ${file}`
      : 'Copy it back from a backup, or set the host up again.',
  ].join(' ');
}

/** @returns whether there was something to move */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return false;
  }
}

/** @returns bytes; undefined when there is no such file */
export async function sizeOf(file: string): Promise<number | undefined> {
  return (await stat(file).catch(() => undefined))?.size;
}
