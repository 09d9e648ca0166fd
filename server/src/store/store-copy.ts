import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';

/** The copy of a store that is kept beside it after each start that went well. */
export const copyOf = (file: string): string => `${file}.last-good`;

/** The copy that is kept when a newer program brings the store to another shape. */
export const shapeCopyOf = (file: string, shape: number): string => `${file}.shape-${shape}`;

/** Makes a copy durable and puts it in the place of the one before. @param write makes a file that is not there yet */
export async function replaceCopy(
  copy: string,
  write: (temporary: string) => Promise<unknown>,
): Promise<void> {
  const temporary = `${copy}.new`;
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
    await rename(temporary, copy);
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

/** They hold what the store held before, a device too that is shut out now. */
export async function removeShapeCopies(file: string): Promise<void> {
  for (const { name } of await shapeCopies(file)) await rm(name, { force: true });
}

/**
 * @param known the newest shape that this program reads
 * @returns what leads back to the store as it was before an upgrade that the owner regrets; empty where no copy is kept
 */
export async function wayBackFrom(file: string, known: number): Promise<string> {
  const copies = (await shapeCopies(file)).filter(({ shape }) => shape <= known);
  const newest = copies.toSorted((a, b) => b.shape - a.shape)[0];
  if (!newest) return '';
  const day = (await stat(newest.name)).mtime.toISOString().slice(0, 16).replace('T', ' ');
  return (
    `To go back to how it was before the upgrade of ${day} UTC, run: ` +
    `mv ${file} ${file}.newer && rm -f ${file}-wal ${file}-shm && cp -p ${newest.name} ${file}`
  );
}

async function shapeCopies(file: string): Promise<{ name: string; shape: number }[]> {
  const folder = path.dirname(file);
  const begin = `${path.basename(file)}.shape-`;
  return (await readdir(folder)).flatMap((name) => {
    const shape = name.startsWith(begin) ? name.slice(begin.length) : '';
    return /^\d+$/.test(shape) ? [{ name: path.join(folder, name), shape: Number(shape) }] : [];
  });
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
