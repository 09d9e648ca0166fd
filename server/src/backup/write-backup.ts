import { constants, createReadStream } from 'node:fs';
import type { Stats } from 'node:fs';
import { access, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

import { snapshotOf } from '../store/store-snapshot.ts';
import { kindOf, writeEntries } from './entries.ts';
import type { Entry } from './entries.ts';
import { BackupTrouble, seal } from './sealed-file.ts';

/** What is no part of the store, as files or folders of the data folder. */
const FILES = ['identity/identity.json', 'admin/certificate.json', 'settings.json'];
const FOLDERS = ['art', 'recordings'];

const STORE = 'earthshine.sqlite';
const WORK = '.backup-';

export interface BackupWish {
  /** a host may run on it meanwhile */
  readonly data: string;
  readonly passphrase: string;
  /** the version of this program */
  readonly by: string;
  /** told, in a sentence, of a file that is left out */
  readonly onLeft?: (sentence: string) => void;
  readonly now?: Date;
  /** what a try at the passphrase costs; tests take less */
  readonly cost?: number;
}

/**
 * The bytes of a backup: devices, apps with their pictures, settings, recordings, the host's identity, the admin's certificate
 * and password. Sign-ins and what is still to be undone on this machine are no part of it.
 *
 * @throws BackupTrouble with a sentence, before the first byte where there is nothing to keep
 */
export async function* writeBackup(wish: BackupWish): AsyncGenerator<Buffer> {
  const { data, passphrase, by, now = new Date(), cost } = wish;
  const store = path.join(data, STORE);
  await access(store, constants.R_OK).catch((error: unknown) => {
    throw new BackupTrouble(`No host has run on ${data}: there is nothing to keep.`, {
      cause: error,
    });
  });
  await removeLeftovers(data);
  const work = await mkdtemp(path.join(data, `${WORK}${process.pid}-`));
  try {
    const copy = path.join(work, STORE);
    await snapshotOf(store, copy);
    const packed = createGzip();
    const source = Readable.from(writeEntries(entriesOf(wish, copy)), { objectMode: false });
    source.once('error', (error) => packed.destroy(error));
    source.pipe(packed);
    try {
      yield* seal(packed, passphrase, { made: now.toISOString(), by, ...(cost && { cost }) });
    } finally {
      source.destroy();
      packed.destroy();
    }
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function* entriesOf(
  { data, onLeft = () => {} }: BackupWish,
  store: string,
): AsyncGenerator<Entry> {
  yield* entryOf(STORE, store, onLeft);
  for (const name of FILES) yield* entryOf(name, path.join(data, name), onLeft);
  for (const folder of FOLDERS) {
    const found = await readdir(path.join(data, folder)).catch(() => []);
    for (const file of found.toSorted()) {
      const name = `${folder}/${file}`;
      if (kindOf(name)) yield* entryOf(name, path.join(data, name), onLeft);
    }
  }
}

/** Nothing, where there is no such file; a link is not followed. */
async function* entryOf(
  name: string,
  file: string,
  onLeft: (sentence: string) => void,
): AsyncGenerator<Entry> {
  let handle: FileHandle;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') onLeft(`${name} was left out: ${message}.`);
    return;
  }
  try {
    const found = await handle.stat();
    const why = unfit(found, kindOf(name)!.bytes);
    if (why !== undefined) onLeft(`${name} was left out: ${why}.`);
    else yield { name, bytes: found.size, content: contentOf(handle, found.size) };
  } finally {
    await handle.close();
  }
}

function unfit(found: Stats, limit: number): string | undefined {
  if (!found.isFile()) return 'it is no file';
  if (found.size > limit) return `it is larger than ${Math.round(limit / 1024)} KiB`;
  return undefined;
}

/** What is appended meanwhile is no part of it. */
function contentOf(handle: FileHandle, bytes: number): AsyncIterable<Buffer> {
  if (bytes === 0) return Readable.from([]);
  return createReadStream('', { fd: handle, autoClose: false, start: 0, end: bytes - 1 });
}

/** Of backups that were killed. */
async function removeLeftovers(data: string): Promise<void> {
  for (const name of await readdir(data).catch(() => [])) {
    const maker = new RegExp(`^\\${WORK}(\\d+)-`).exec(name)?.[1];
    if (maker === undefined) continue;
    const isAlive = await access(`/proc/${maker}`).then(
      () => true,
      () => false,
    );
    if (!isAlive) await rm(path.join(data, name), { recursive: true, force: true });
  }
}
