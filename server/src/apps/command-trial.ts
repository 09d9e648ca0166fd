import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';

import { inheritedEnvironment } from '../processes/inherited-environment.ts';
import type { UndoRecords } from '../store/undo-journal.ts';
import type { App, CommandVariables } from './apps.ts';
import { CommandFailed, startCommand } from './command.ts';
import { commandEnvironment, streamEnvironment } from './command-environment.ts';
import type { StreamFacts } from './command-environment.ts';
import { endGroup } from './process-group.ts';

/** Long enough for a typing mistake to show, short enough to wait for. */
export const TRIAL_MS = 5000;
/** From SIGTERM to SIGKILL: somebody waits. */
const GRACE_MS = 1000;
const LINES = 40;
const LONGEST_LINE = 400;

/** What somebody tries before it is an app. */
export type TriedApp = Pick<App, 'title' | 'shell' | 'environment'> & {
  readonly command: readonly string[];
  readonly workingDirectory?: string | undefined;
};

export interface Trial {
  /** why it could not be started, a sentence */
  readonly failure?: string;
  /** absent: it ran on, and was ended after the limit */
  readonly end?: { readonly code: number | null; readonly signal: string | null };
  readonly seconds: number;
  /** the last lines that it wrote */
  readonly output: readonly string[];
  /** what it got on top of what the host itself has */
  readonly environment: Readonly<Record<string, string>>;
  readonly workingDirectory: string;
}

export interface CommandTrialParts {
  readonly journal: UndoRecords;
  /** a folder of the host's own, for what commands write */
  readonly outputFolder: string;
  readonly log: Logger;
  /** what commands inherit; the host's own environment */
  readonly environment?: NodeJS.ProcessEnv;
  /** milliseconds */
  readonly limit?: number;
}

/** Another trial runs. */
export class TrialBusy extends Error {}

/**
 * Runs a command for a moment as a stream would, and ends it: what it writes, how it ends, what it gets. Neither
 * preparation nor a display is made for it.
 */
export class CommandTrials {
  readonly #parts: CommandTrialParts;
  #running = false;

  constructor(parts: CommandTrialParts) {
    this.#parts = parts;
  }

  /**
   * @param display variables of the desktop that runs
   * @throws TrialBusy while another one runs
   */
  async run(app: TriedApp, facts: StreamFacts, display: CommandVariables): Promise<Trial> {
    if (this.#running) throw new TrialBusy('Another command is being tried. Wait a moment.');
    this.#running = true;
    try {
      return await this.#run(app, facts, display);
    } finally {
      this.#running = false;
    }
  }

  async #run(app: TriedApp, facts: StreamFacts, display: CommandVariables): Promise<Trial> {
    const { journal, outputFolder, log, limit = TRIAL_MS } = this.#parts;
    const inherited = inheritedEnvironment(this.#parts.environment ?? process.env);
    const run = randomBytes(12).toString('hex');
    const variables = streamEnvironment(app, facts, display, run);
    const home = inherited['HOME'];
    const workingDirectory =
      app.workingDirectory ?? (home !== undefined && existsSync(home) ? home : '/');
    const told = {
      environment: Object.fromEntries(
        Object.entries(variables).filter((one): one is [string, string] => one[1] !== null),
      ),
      workingDirectory,
    };
    let started;
    try {
      started = await startCommand(
        {
          words: app.command,
          shell: app.shell,
          workingDirectory,
          environment: commandEnvironment(inherited, variables),
          run,
        },
        { log, folder: outputFolder, keptLines: LINES },
      );
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      return { ...told, failure: error.message, seconds: 0, output: [] };
    }
    // A host that is killed meanwhile ends it at its next start.
    const row = {
      kind: 'running-command',
      run,
      appId: 'trial',
      processGroup: started.pid,
    } as const;
    await journal.record(row).catch(() => undefined);
    const end = await Promise.race([started.ended, wait(limit, undefined)]);
    const seconds = started.seconds();
    const output = await started.lastLines();
    // What it started and left counts too.
    await endGroup(started.pid, started.hasEnded() ? run : undefined, GRACE_MS);
    await started.leaveOutput();
    await journal.forget(row).catch(() => undefined);
    return {
      ...told,
      ...(end && { end }),
      seconds,
      output: output.map((line) => line.slice(0, LONGEST_LINE)),
    };
  }
}
