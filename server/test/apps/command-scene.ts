import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';

import type { App, AppStage } from '../../src/apps/apps.ts';
import { CommandRunner } from '../../src/apps/command-runner.ts';
import type { CommandRunnerOptions } from '../../src/apps/command-runner.ts';
import { UndoJournal } from '../../src/store/undo-journal.ts';

/** The desktop as it is. */
export const stage: AppStage = {
  environment: { DISPLAY: ':7' },
  open: async () => ({ DISPLAY: ':7' }),
  close: async () => {},
};
export const facts = { width: 2560, height: 1440, fps: 120, clientName: 'Living-room TV' };

export const shell = (line: string) => ['/bin/sh', '-c', line];
/** Appends a word to the test's record. */
export const note = (word: string) => shell(`echo ${word} >> record`);

export const alive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('waited for too long');
    await wait(20);
  }
}
export async function settled(promise: Promise<unknown>, within: number): Promise<boolean> {
  return Promise.race([promise.then(() => true), wait(within, false)]);
}

/** Where a test runs the commands of apps: a folder with a journal, and what the host said of them. */
export class CommandScene {
  readonly folder: string;
  readonly journalFile: string;
  /** lines of the host's log */
  readonly logged: Record<string, unknown>[] = [];
  /** sentences that the host's owner reads */
  readonly problems: string[] = [];
  #journal: UndoJournal;

  private constructor(folder: string, journalFile: string, journal: UndoJournal) {
    this.folder = folder;
    this.journalFile = journalFile;
    this.#journal = journal;
  }

  static async make(): Promise<CommandScene> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'earthshine-run-'));
    const journalFile = path.join(folder, 'journal/undo.json');
    await mkdir(path.dirname(journalFile));
    return new CommandScene(folder, journalFile, await openJournal(journalFile));
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  get journal(): UndoJournal {
    return this.#journal;
  }

  /** As the next host process does. */
  async openJournalAgain(): Promise<void> {
    this.#journal = await openJournal(this.journalFile);
  }

  runner(limits: CommandRunnerOptions['limits'] = {}, environment = process.env): CommandRunner {
    return new CommandRunner({
      journal: this.#journal,
      outputFolder: path.dirname(this.journalFile),
      log: pino({}, { write: (line: string) => this.logged.push(JSON.parse(line)) }),
      environment,
      problems: { report: ({ message }) => void this.problems.push(message) },
      limits: { termination: 500, ...limits },
    });
  }

  app(more: Partial<App>): App {
    return {
      id: 'some',
      gameId: 1,
      title: 'Some app',
      source: 'desktop',
      shell: false,
      environment: {},
      preparation: [],
      endsWith: 'processes',
      position: 0,
      hasArt: false,
      workingDirectory: this.folder,
      ...more,
    };
  }

  /** @returns the text of a file in the folder; '' where there is none */
  async file(name: string): Promise<string> {
    return readFile(path.join(this.folder, name), 'utf8').catch(() => '');
  }

  /** The words that {@link note} wrote. */
  async record(): Promise<string[]> {
    return (await this.file('record')).trim().split('\n').filter(Boolean);
  }

  /** Waits for the whole line that a command writes. */
  async pidIn(name: string): Promise<number> {
    await until(async () => (await this.file(name)).endsWith('\n'));
    return Number(await this.file(name));
  }
}

function openJournal(file: string): Promise<UndoJournal> {
  return UndoJournal.open(file, pino({ level: 'silent' }));
}
