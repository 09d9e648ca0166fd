import { access } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

/** Where Sunshine and Apollo keep their state: installed natively, and as a Flatpak. */
const FOLDERS = [
  '.config/sunshine',
  '.var/app/dev.lizardbyte.app.Sunshine/config/sunshine',
  '.var/app/dev.lizardbyte.sunshine/config/sunshine',
  '.config/apollo',
  '.var/app/io.github.ClassicOldSong.Apollo/config/apollo',
];
/** One of these is in a folder that was ever used. */
const SIGNS = ['sunshine_state.json', 'apps.json', 'sunshine.conf'];

/** @returns folders that hold something of such a host */
export async function stateFolders(home = os.homedir()): Promise<string[]> {
  const found: string[] = [];
  for (const folder of FOLDERS.map((name) => path.join(home, name))) {
    if (await holdsState(folder)) found.push(folder);
  }
  return found;
}

export async function holdsState(folder: string): Promise<boolean> {
  for (const name of SIGNS) {
    if (
      await access(path.join(folder, name)).then(
        () => true,
        () => false,
      )
    )
      return true;
  }
  return false;
}
