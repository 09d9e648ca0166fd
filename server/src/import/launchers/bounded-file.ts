import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';

/** Larger files are no launcher's. */
const MOST_BYTES = 8 * 1024 * 1024;
const MOST_NAMES = 5000;

/** @returns undefined for what is not there, no plain file, or too large; never waits for a writer of a pipe */
export async function readText(file: string): Promise<string | undefined> {
  let handle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const status = await handle.stat();
    if (!status.isFile() || status.size > MOST_BYTES) return undefined;
    return await handle.readFile('utf8');
  } catch {
    return undefined;
  } finally {
    await handle?.close().catch(() => undefined);
  }
}

/** @returns undefined for what is no JSON, too */
export async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
}

/** The names in a folder, sorted; none where there is no such folder. */
export async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  return names.toSorted().slice(0, MOST_NAMES);
}
