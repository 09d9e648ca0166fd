import { mkdir, open } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createGunzip } from 'node:zlib';

import * as z from 'zod';

import { fileTrouble } from '../store/file-trouble.ts';
import { Store } from '../store/store.ts';
import { pairedDevices, troubleInStore } from '../store/store-snapshot.ts';
import type { Logger } from 'pino';
import { readEntries } from './entries.ts';
import type { Entry } from './entries.ts';
import { BackupTrouble, damaged, unseal } from './sealed-file.ts';
import type { BackupHead } from './sealed-file.ts';

/** What is in a backup, for its owner to look at before it is taken back. */
export interface BackupContent {
  readonly made: string;
  readonly by: string;
  readonly devices: readonly string[];
  /** devices among them that are not paired with the host that is there now: they could play again */
  readonly returning: readonly string[];
  readonly apps: readonly string[];
  readonly pictures: number;
  readonly settings: readonly string[];
  readonly recordings: number;
  readonly identity: boolean;
}

/**
 * Unpacks a backup into a folder and makes sure that a host can start with it. Nothing outside that folder is touched.
 *
 * @param folder is there and empty
 * @param data the data folder whose devices it is compared with
 * @throws BackupTrouble
 */
export async function unpackBackup(
  { file, passphrase, folder, data }: UnpackWish,
  log: Logger,
): Promise<BackupContent> {
  let head: BackupHead | undefined;
  const names: string[] = [];
  const source = createReadStream(file, { highWaterMark: 256 * 1024 });
  try {
    const packed = unseal(source, passphrase, (found) => (head = found));
    for await (const entry of readEntries(unpacked(packed))) {
      await keep(folder, entry);
      names.push(entry.name);
    }
  } catch (error) {
    throw asTrouble(error, file);
  } finally {
    source.destroy();
  }
  if (!names.includes('earthshine.sqlite')) throw damaged();
  const store = path.join(folder, 'earthshine.sqlite');
  const trouble = await troubleInStore(store);
  if (trouble !== undefined) throw new BackupTrouble(`The store in the backup ${trouble}.`);
  const { devices, apps } = await lookInto(store, log);
  const here = new Set(
    (await pairedDevices(path.join(data, 'earthshine.sqlite'))).map((one) => one.fingerprint),
  );
  const { made, by } = head!;
  return {
    ...{ made, by },
    devices: devices.map(({ name }) => name),
    returning: devices.filter((one) => !here.has(one.fingerprint)).map(({ name }) => name),
    apps,
    pictures: names.filter((name) => name.startsWith('art/')).length,
    settings: await settingNames(folder, names),
    recordings: names.filter((name) => name.startsWith('recordings/')).length,
    identity: names.includes('identity/identity.json'),
  };
}

export interface UnpackWish {
  readonly file: string;
  readonly passphrase: string;
  readonly folder: string;
  readonly data: string;
}

async function* unpacked(packed: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const feed = async (): Promise<void> => {
    for await (const part of packed) {
      if (gunzip.destroyed) return;
      if (!gunzip.write(part)) await drained(gunzip);
    }
    gunzip.end();
  };
  const fed = feed().catch((error: unknown) => gunzip.destroy(error as Error));
  try {
    yield* gunzip;
  } finally {
    gunzip.destroy();
    await fed;
  }
}

/** Also when it was closed, since nobody reads what would make room. */
function drained(stream: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off('drain', done).off('close', done);
      resolve();
    };
    stream.on('drain', done).on('close', done);
  });
}

async function keep(folder: string, { name, content }: Entry): Promise<void> {
  const place = path.join(folder, name);
  await mkdir(path.dirname(place), { recursive: true, mode: 0o700 });
  const handle = await open(place, 'wx', 0o600);
  try {
    for await (const part of content) await handle.writeFile(part);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Brings it to today's shape, as the host's next start would. */
async function lookInto(file: string, log: Logger) {
  const store = await Store.open(file, log);
  try {
    const devices = await store.all<{ fingerprint: string; name: string }>(
      'SELECT fingerprint, name FROM devices ORDER BY name',
    );
    const apps = await store.all<{ title: string }>('SELECT title FROM apps ORDER BY position');
    return { devices, apps: apps.map(({ title }) => title) };
  } finally {
    await store.close();
  }
}

async function settingNames(folder: string, names: readonly string[]): Promise<string[]> {
  if (!names.includes('settings.json')) return [];
  const handle = await open(path.join(folder, 'settings.json'));
  try {
    const read = z
      .record(z.string(), z.unknown())
      .safeParse(JSON.parse(await handle.readFile('utf8')));
    if (!read.success) throw damaged();
    return Object.keys(read.data);
  } catch (error) {
    throw error instanceof SyntaxError ? damaged() : error;
  } finally {
    await handle.close();
  }
}

function asTrouble(error: unknown, file: string): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (error instanceof BackupTrouble) return error;
  if (code.startsWith('Z_')) return damaged();
  if (code === 'ENOENT') return new BackupTrouble(`There is no ${file}.`, { cause: error });
  return new BackupTrouble(fileTrouble(`The backup ${file}`, error, file), { cause: error });
}
