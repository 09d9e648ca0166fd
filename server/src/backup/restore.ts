import { access, mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

import type { Logger } from 'pino';
import * as z from 'zod';

import { writeDurably } from '../store/durable-file.ts';
import { unpackBackup } from './read-backup.ts';
import type { BackupContent, UnpackWish } from './read-backup.ts';

/** What a backup takes the place of, with what stands beside it: of nothing is half of the old one left. */
const REPLACED = [
  'earthshine.sqlite-wal',
  'earthshine.sqlite-shm',
  'earthshine.sqlite.last-good',
  'earthshine.sqlite',
  'identity.last-good.json',
  'identity',
  'admin',
  'settings.json',
  'art',
  'recordings',
] as const;

/** A restore that was begun: every start of a host ends it before it opens anything. */
const PLAN = 'restore.json';
const STAGE = '.restore-';

const plan = z.object({
  stage: z.string().regex(/^\.restore-\w{6}$/),
  aside: z.string().regex(/^before-restore-[\dTZ-]{1,40}$/),
  /** of `REPLACED`, what the backup brings */
  brought: z.array(z.enum(REPLACED)),
});

type Plan = z.output<typeof plan>;

/**
 * Takes a backup back: what is in the data folder is moved into a folder beside it, whole, and the backup takes its place.
 * The host must not run. A power cut at any moment leaves the old or the new, or a plan that the next start ends.
 *
 * @returns what was in it, and the folder that has what was there
 * @throws BackupTrouble; nothing was changed then
 */
export async function restoreBackup(
  wish: Omit<UnpackWish, 'folder'>,
  log: Logger,
  now = new Date(),
): Promise<{ readonly content: BackupContent; readonly aside: string }> {
  const { data } = wish;
  await removeLeftovers(data);
  const stage = await mkdtemp(path.join(data, STAGE));
  try {
    const content = await unpackBackup({ ...wish, folder: stage }, log);
    const there = await readdir(stage);
    const made: Plan = {
      stage: path.basename(stage),
      aside: `before-restore-${now.toISOString().replace(/[:.]/g, '-')}`,
      brought: REPLACED.filter((name) => there.includes(name)),
    };
    await writeDurably(path.join(data, PLAN), JSON.stringify(made));
    await finishRestore(data);
    return { content, aside: path.join(data, made.aside) };
  } catch (error) {
    // Once there is a plan, what is staged is needed to end it.
    if (!(await isThere(path.join(data, PLAN)))) await rm(stage, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Ends a restore that was begun, and does nothing where there is none. It may itself be cut off, and be called again.
 *
 * @throws Error when it cannot be ended
 */
export async function finishRestore(data: string): Promise<void> {
  const file = path.join(data, PLAN);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (text === undefined) return;
  const { stage, aside, brought } = plan.parse(JSON.parse(text));
  await mkdir(path.join(data, aside), { recursive: true, mode: 0o700 });
  for (const name of REPLACED) {
    const staged = path.join(data, stage, name);
    const place = path.join(data, name);
    // What was brought before the cut must not be moved aside in its turn.
    if (brought.includes(name) && !(await isThere(staged))) continue;
    if (await isThere(place)) await rename(place, path.join(data, aside, name));
    if (brought.includes(name)) await rename(staged, place);
  }
  await settle(data);
  await rm(path.join(data, stage), { recursive: true, force: true });
  await rm(file);
}

/** The moves are on the disk before the plan that could repeat them goes. */
async function settle(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Of restores that were killed while they unpacked. */
async function removeLeftovers(data: string): Promise<void> {
  for (const name of await readdir(data).catch(() => [])) {
    if (name.startsWith(STAGE)) await rm(path.join(data, name), { recursive: true, force: true });
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
