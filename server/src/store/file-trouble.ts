import fs, { statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/**
 * What a person reads, and can do, when the system or SQLite refuses a file or folder (docs/2-use/troubleshooting.md).
 *
 * @param what begins the sentence: `The data folder /home/me/x`
 * @param place the file or folder that is meant, unless the error names another
 */
export function fileTrouble(what: string, error: unknown, place?: string): string {
  const { code = '', message, path: named } = error as NodeJS.ErrnoException;
  const at = named ?? place;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'SQLITE_FULL':
      return `${what} cannot be written: the disk is full. Make room there and start again.`;
    case 'SQLITE_IOERR':
      // What SQLite says when it finds no room for its shared memory.
      if (isFull(at)) return fileTrouble(what, { code: 'SQLITE_FULL' }, place);
      return `${what} cannot be used: the disk does not answer as it should (${message}).`;
    case 'EROFS':
      return `${what} lies on a file system that is mounted read-only.`;
    case 'EACCES':
    case 'EPERM':
    case 'SQLITE_READONLY':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_PERM':
      return `${what} may not be used by this user (${process.getuid?.()})${whoDenies(at, place)}.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `${what} cannot be made: a file is where a folder has to be, ${fileInTheWay(at)}. Move it away and start again.`;
    case 'EISDIR':
      return `${what} cannot be used: ${at ?? 'it'} is a folder where a file has to be. Move it away and start again.`;
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return `${what} is held by another program${at ? ` ("fuser ${at}" names it)` : ''}. End that and start again.`;
    default:
      return `${what} cannot be used: ${message}`;
  }
}

/**
 * Whose the place is or, where there is none, the nearest folder above; and what to do. Only what is the host's own or lies
 * in the user's home may be given to that user: everything above belongs to the system.
 */
function whoDenies(at: string | undefined, place = at): string {
  const found = at === undefined ? undefined : nearest(at);
  if (!found || place === undefined) return '';
  const { where, stats } = found;
  const elsewhere = 'name another folder with --data';
  if (stats.uid === process.getuid?.()) {
    const rights = stats.isDirectory() ? 'rwx' : 'rw';
    return `: ${where} permits nobody to. Permit it with "chmod u+${rights} ${where}", or ${elsewhere}`;
  }
  const owner = stats.uid === 0 ? 'root' : `user ${stats.uid}`;
  const own = isWithin(where, path.extname(place) ? path.dirname(place) : place);
  if (own || isWithin(path.dirname(where), home())) {
    return `: ${where} belongs to ${owner}. Give it back with "sudo chown -R $USER ${where}", or ${elsewhere}`;
  }
  return `: it would have to be made in ${where}, which belongs to ${owner}. Make it there as ${owner} and give it to this user, or ${elsewhere}`;
}

function nearest(place: string): { where: string; stats: Stats } | undefined {
  for (let where = place; ; where = path.dirname(where)) {
    const stats = look(where);
    if (stats) return { where, stats };
    if (where === path.dirname(where)) return undefined;
  }
}

function look(where: string): Stats | undefined {
  try {
    return statSync(where);
  } catch {
    // Not there, or behind a folder that shows nothing to this user: the folder is the one to speak of.
    return undefined;
  }
}

/** Fewer bytes than any start needs. */
const NO_ROOM = 64 * 1024;

function isFull(at: string | undefined): boolean {
  try {
    const { bavail, bsize } = fs.statfsSync(path.dirname(at ?? ''));
    return bavail * bsize < NO_ROOM;
  } catch {
    return false;
  }
}

function isWithin(where: string, folder: string | undefined): boolean {
  return folder !== undefined && (where === folder || where.startsWith(`${folder}${path.sep}`));
}

function home(): string | undefined {
  try {
    return os.homedir() || undefined;
  } catch {
    return undefined; // neither HOME nor an entry among the users
  }
}

/** The uppermost part of a path that is there and no folder. */
function fileInTheWay(place: string | undefined): string {
  const parts = (place ?? '').split(path.sep);
  const all = parts.map((_, index) => parts.slice(0, index + 1).join(path.sep) || path.sep);
  try {
    return all.find((at) => !statSync(at).isDirectory()) ?? place ?? '';
  } catch {
    return place ?? '';
  }
}
