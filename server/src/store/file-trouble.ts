import { statSync } from 'node:fs';
import path from 'node:path';

/**
 * What a person reads, and can do, when the system or SQLite refuses a file or folder (docs/troubleshooting.md).
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
    case 'EROFS':
      return `${what} lies on a file system that is mounted read-only.`;
    case 'EACCES':
    case 'EPERM':
    case 'SQLITE_READONLY':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_PERM':
      return `${what} may not be used by this user (${process.getuid?.()})${ownerOf(at)}.`;
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

/** Whose it is: the place itself or, where there is none, the nearest folder above. */
function ownerOf(place: string | undefined): string {
  for (
    let at = place;
    at !== undefined;
    at = at === path.dirname(at) ? undefined : path.dirname(at)
  ) {
    const owner = statSync(at, { throwIfNoEntry: false })?.uid;
    if (owner === undefined) continue;
    if (owner === process.getuid?.()) return '';
    return `: ${at} belongs to ${owner === 0 ? 'root' : `user ${owner}`}. Give it back with "sudo chown -R $USER ${at}", or name another folder with --data`;
  }
  return '';
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
