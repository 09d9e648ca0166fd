import { readdir, readFile } from 'node:fs/promises';

/** As the kernel cuts names, at 15 letters. */
const NAMES = /^(sunshine|apollo)/i;

/** @returns `sunshine (process 1234)` while such a host runs: it would write its files again when it ends */
export async function runningHost(): Promise<string | undefined> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
    if (NAMES.test(name)) return `${name} (process ${pid})`;
  }
  return undefined;
}
