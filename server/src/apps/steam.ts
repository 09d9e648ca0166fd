import { readFile, readdir } from 'node:fs/promises';

import { isPrivate } from '../displays/display.ts';
import type { App } from './apps.ts';

/** Its client by path or name, a link that it opens, or its Flatpak. */
const STEAM = /(^|[\s/])steam(\s|$)|steam:\/\/|com\.valvesoftware\.Steam/;
/** as the kernel calls its client's process */
const PROGRAM = 'steam';

/** Whether an app would start a Steam of its own: on the desktop it hands over to the one that runs. */
export function needsOwnSteam({ source, command }: Pick<App, 'source' | 'command'>): boolean {
  return isPrivate(source) && command !== undefined && STEAM.test(command.join(' '));
}

/** Whether this user's Steam runs, wherever that is. */
export async function steamRuns(): Promise<boolean> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      if ((await readFile(`/proc/${pid}/comm`, 'utf8')).trim() !== PROGRAM) continue;
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      if (Number(/^Uid:\s+(\d+)/m.exec(status)?.[1]) === process.getuid!()) return true;
    } catch {
      // It ended while it was looked at.
    }
  }
  return false;
}
