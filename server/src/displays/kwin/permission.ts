import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { SCREENCAST } from './screencast.ts';

const FILE = 'earthshine-screencast.desktop';
/** milliseconds; it reads every desktop file of the system */
const CACHE_LIMIT = 15_000;

const NOT_OURS =
  'KWin gives screens to a program by its path, and this one is a general Node. Start Earthshine with scripts/start or from ' +
  'a package, whose program is its own.';

/**
 * KWin shows its screencast protocol to programs that a desktop file names by their absolute path. This writes such a
 * file for the user that runs the host, for this program and this protocol alone, and has KDE's cache read it; the next
 * connection to KWin sees the protocol. Nothing needs root, and no session has to begin anew.
 *
 * @throws Error with a sentence
 */
export async function grantScreencast(program = process.execPath): Promise<void> {
  if (!isOwnProgram(program)) throw new Error(NOT_OURS);
  const data = process.env['XDG_DATA_HOME'] || path.join(os.homedir(), '.local/share');
  const folder = path.join(data, 'applications');
  const file = path.join(folder, FILE);
  const wanted = desktopFile(program);
  if ((await readFile(file, 'utf8').catch(() => '')) !== wanted) {
    await mkdir(folder, { recursive: true });
    await writeFile(file, wanted);
  }
  // On a whole Plasma kded does the same within seconds; where it is missing, nobody else does.
  await promisify(execFile)('kbuildsycoca6', [], { timeout: CACHE_LIMIT }).catch(() => {});
}

/** A permission for Node would be one for every script that it runs. */
function isOwnProgram(program: string): boolean {
  return path.basename(program).startsWith('earthshine');
}

/** Exec is taken as it is, without an argument; an entry that menus do not show. */
function desktopFile(program: string): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Earthshine screen streaming',
    `Exec=${program}`,
    'NoDisplay=true',
    `X-KDE-Wayland-Interfaces=${SCREENCAST}`,
    '',
  ].join('\n');
}
