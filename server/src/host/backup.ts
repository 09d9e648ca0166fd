import { access, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { unpackBackup } from '../backup/read-backup.ts';
import type { BackupContent } from '../backup/read-backup.ts';
import { restoreBackup } from '../backup/restore.ts';
import { BackupTrouble, SHORTEST_PASSPHRASE } from '../backup/sealed-file.ts';
import { writeBackup } from '../backup/write-backup.ts';
import { OptionError } from '../config/option-error.ts';
import { askNewPassword, askPassword } from '../ctl/ask-password.ts';
import { CtlFailure } from '../ctl/control-client.ts';
import { writeDurably } from '../store/durable-file.ts';
import { plain } from '../terminal/table.ts';
import { DataDirectory } from './data-directory.ts';
import { createLog } from './log.ts';

const tell = (text: string): unknown => process.stderr.write(text);

/**
 * `earthshine backup FILE`: everything that makes this host this host, in one file under a passphrase. A running host goes on.
 *
 * @param words behind the command
 * @returns the exit code
 * @throws OptionError for words that are not understood
 */
export async function runBackup(data: string, words: readonly string[]): Promise<number> {
  const { file, values } = readWords('backup', words, { replace: { type: 'boolean' } });
  return asExitCode(async () => {
    if (!values['replace'] && (await isThere(file))) {
      throw new BackupTrouble(`${file} is there already. Name another file, or give --replace.`);
    }
    const passphrase = await askNewPassword(process.stdin, tell, 'passphrase');
    if ([...passphrase].length < SHORTEST_PASSPHRASE) {
      throw new BackupTrouble(
        `The passphrase needs ${SHORTEST_PASSPHRASE} characters or more. Nothing was written.`,
      );
    }
    const by = process.env['EARTHSHINE_VERSION'] ?? 'development';
    const onLeft = (sentence: string): unknown => tell(`${sentence}\n`);
    try {
      await writeDurably(file, writeBackup({ data, passphrase, by, onLeft }));
    } catch (error) {
      throw error instanceof BackupTrouble ? error : unwritten(file, error);
    }
    process.stdout.write(
      `Written: ${file}\nWho has it and the passphrase can be this host to your devices. Without the passphrase it is of no use, to you neither.\n`,
    );
  });
}

/**
 * `earthshine restore FILE`: takes a backup back. The host may not run meanwhile, except for a dry run.
 *
 * @param words behind the command
 * @returns the exit code
 * @throws OptionError for words that are not understood, and while a host runs on the data folder
 */
export async function runRestore(data: string, words: readonly string[]): Promise<number> {
  const { file, values } = readWords('restore', words, {
    'dry-run': { type: 'boolean' },
    json: { type: 'boolean' },
  });
  const say = (content: BackupContent, aside?: string): unknown =>
    process.stdout.write(
      values['json']
        ? `${JSON.stringify({ ...content, aside }, null, 2)}\n`
        : `${presentBackup(content, aside)}\n`,
    );
  const { log } = createLog('error');
  return asExitCode(async () => {
    if (!(await isThere(file))) throw new BackupTrouble(`There is no ${file}.`);
    if (values['dry-run']) {
      const passphrase = await askPassword(process.stdin, tell, 'passphrase');
      const folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-restore-'));
      try {
        say(await unpackBackup({ file, passphrase, folder, data }, log));
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
      return;
    }
    // Before the passphrase, so that nobody types it for nothing.
    const held = await DataDirectory.take(data);
    try {
      const passphrase = await askPassword(process.stdin, tell, 'passphrase');
      const { content, aside } = await restoreBackup({ file, passphrase, data }, log);
      say(content, aside);
    } finally {
      await held.release();
    }
  });
}

/** @param aside where what was there is now; undefined: nothing was changed */
export function presentBackup(content: BackupContent, aside?: string): string {
  const { made, by, devices, returning, apps, pictures, settings, recordings, identity } = content;
  return [
    `Backup of ${made.slice(0, 16).replace('T', ' ')} UTC, made by Earthshine ${plain(by)}:`,
    `  ${counted(devices.length, 'device')}${listed(devices)}`,
    ...(returning.length > 0
      ? [`  not paired here now, and able to play again afterwards${listed(returning)}`]
      : []),
    `  ${counted(apps.length, 'app')} with ${counted(pictures, 'picture')}${listed(apps)}`,
    `  ${counted(settings.length, 'setting')}${listed(settings)}`,
    `  ${counted(recordings, 'recording')}`,
    identity
      ? '  the identity by which devices know the host, and the admin’s password'
      : '  no identity: devices have to pair again',
    '',
    aside === undefined
      ? 'Nothing was changed.'
      : `It is in place. What was there before is in ${aside}: remove that folder once all is well.`,
  ].join('\n');
}

function unwritten(file: string, error: unknown): BackupTrouble {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const why: Readonly<Record<string, string>> = {
    ENOENT: `there is no folder ${path.dirname(file)}`,
    ENOTDIR: `${path.dirname(file)} is no folder`,
    EACCES: `this user may not write in ${path.dirname(file)}`,
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk is full',
    EROFS: 'the file system is mounted read-only',
  };
  return new BackupTrouble(`${file} cannot be written: ${why[code] ?? message}.`, { cause: error });
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function listed(names: readonly string[]): string {
  if (names.length === 0) return '';
  return `: ${names.slice(0, 20).map(plain).join(', ')}${names.length > 20 ? ', …' : ''}`;
}

type Words = Readonly<Record<string, { readonly type: 'boolean' }>>;

function readWords(command: string, words: readonly string[], options: Words) {
  try {
    const { positionals, values } = parseArgs({
      args: [...words],
      options,
      allowPositionals: true,
    });
    const [file, ...rest] = positionals;
    if (file === undefined || file === '' || rest.length > 0) {
      throw new Error(`Name one file: earthshine ${command} FILE`);
    }
    return { file: path.resolve(file), values };
  } catch (error) {
    throw new OptionError((error as Error).message.split('. ')[0]!.replace(/\.?$/, '.'));
  }
}

async function asExitCode(work: () => Promise<void>): Promise<number> {
  try {
    await work();
    return 0;
  } catch (error) {
    if (!(error instanceof BackupTrouble || error instanceof CtlFailure)) throw error;
    tell(`${error.message}\n`);
    return error instanceof CtlFailure ? error.exit : 1;
  }
}

function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
