import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';

import type { Problems } from '../store/problem-list.ts';
import type { UndoOf, UndoRecords } from '../store/undo-journal.ts';
import type { App, AppRunner, AppStage, CommandVariables, RunningApp } from './apps.ts';
import { COMMAND_LIMIT_MS, CommandFailed, runCommand, shown, startCommand } from './command.ts';
import type { Command, CommandEnd, StartedCommand } from './command.ts';
import { troubleOf } from './command-end.ts';
import { inheritedEnvironment } from '../processes/inherited-environment.ts';
import { commandEnvironment, streamEnvironment } from './command-environment.ts';
import type { StreamFacts } from './command-environment.ts';
import { TERMINATION_GRACE_MS, endGroup } from './process-group.ts';
import { needsOwnSteam, steamRuns } from './steam.ts';
import { runEnded } from './run-processes.ts';

/** A command that ends so soon with status 0 was a launcher: it has handed over to something else. */
const LAUNCHER_MS = 5000;
/** How soon an app's last process is missed. */
const LOOK_MS = 1000;
/** Longer than most undo commands, shorter than the patience of a client. */
const RECOVERY_MS = 10_000;

const STEAM_RUNS =
  'Steam runs already, on the PC or for another device, and it runs once for each user: close it there, then start this again.';

type UndoCommand = UndoOf<'undo-command'>;

interface Started {
  readonly child: StartedCommand;
  readonly row: UndoOf<'running-command'>;
}

export interface CommandRunnerOptions {
  readonly journal: UndoRecords;
  /** a folder of the host's own, for what commands write */
  readonly outputFolder: string;
  readonly log: Logger;
  /** told of undo commands that fail */
  readonly problems?: Problems;
  /** what commands inherit; the host's own environment */
  readonly environment?: NodeJS.ProcessEnv;
  /** milliseconds: a preparation or undo command, SIGTERM to SIGKILL, and what counts as a launcher */
  readonly limits?: {
    readonly command?: number;
    readonly termination?: number;
    readonly launcher?: number;
    /** between two looks at what a command left running */
    readonly look?: number;
    /** how long a launch waits for what an earlier host left to be undone */
    readonly recovery?: number;
  };
}

/** The preparation of an app could not be done; what was done is undone. */
export class AppNotStarted extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppNotStarted';
  }
}

/**
 * Starts apps as the desktop user: argument vectors without a shell, each a process group of its own. Undo
 * commands stand in the journal before what they undo runs, so a crash of the host at any point loses none.
 */
export class CommandRunner implements AppRunner {
  readonly #log: Logger;
  readonly #problems: Problems | undefined;
  readonly #journal: UndoRecords;
  readonly #outputFolder: string;
  readonly #inherited: Readonly<Record<string, string>>;
  /** where commands start; `/` for a user without a home folder that is there */
  readonly #home: string;
  readonly #limits: Required<NonNullable<CommandRunnerOptions['limits']>>;
  #recovered: Promise<void> = Promise.resolve();

  constructor(options: CommandRunnerOptions) {
    this.#log = options.log;
    this.#problems = options.problems;
    this.#journal = options.journal;
    this.#outputFolder = options.outputFolder;
    this.#inherited = inheritedEnvironment(options.environment ?? process.env);
    const home = this.#inherited['HOME'];
    this.#home = home !== undefined && existsSync(home) ? home : '/';
    this.#limits = {
      command: options.limits?.command ?? COMMAND_LIMIT_MS,
      termination: options.limits?.termination ?? TERMINATION_GRACE_MS,
      launcher: options.limits?.launcher ?? LAUNCHER_MS,
      look: options.limits?.look ?? LOOK_MS,
      recovery: options.limits?.recovery ?? RECOVERY_MS,
    };
  }

  /**
   * Prepares, has the display made ready, and starts the command on it.
   *
   * @throws AppNotStarted with a sentence, or what the stage says; everything that was done is undone by then
   */
  async start(app: App, facts: StreamFacts, stage: AppStage): Promise<RunningApp> {
    await Promise.race([this.#recovered, wait(this.#limits.recovery, undefined, { ref: false })]);
    if (needsOwnSteam(app) && (await steamRuns())) throw new AppNotStarted(STEAM_RUNS);
    const run = randomBytes(12).toString('hex');
    const log = this.#log.child({ app: app.id, run });
    const around = { log, folder: this.#outputFolder };
    const before = streamEnvironment(app, facts, stage.environment, run);
    const command = (
      words: readonly string[],
      shell: boolean,
      variables: CommandVariables,
    ): Command => ({
      words,
      shell,
      workingDirectory: app.workingDirectory ?? this.#home,
      environment: commandEnvironment(this.#inherited, variables),
      run,
    });

    const undo: UndoCommand[] = [];
    let started: Started | undefined;
    try {
      for (const step of app.preparation) {
        const pending =
          step.undo &&
          (await this.#promise({
            kind: 'undo-command',
            run,
            appId: app.id,
            words: [...step.undo],
            environment: { ...before },
            ...(app.workingDirectory !== undefined && { workingDirectory: app.workingDirectory }),
          }));
        try {
          await runCommand(command(step.run, false, before), around, this.#limits.command);
        } catch (error) {
          // What failed is not undone: its undo is for what it would have done.
          if (pending) await this.#noted(this.#journal.forget(pending), log);
          throw error;
        }
        if (pending) undo.unshift(pending);
      }
      const display = await stage.open();
      if (app.command) {
        const variables = streamEnvironment(app, facts, display, run);
        const child = await startCommand(command(app.command, app.shell, variables), around);
        const { pid } = child;
        const words = shown({ words: app.command, shell: app.shell });
        log.info({ pid, command: words }, 'started');
        const row = { kind: 'running-command', run, appId: app.id, processGroup: pid } as const;
        started = { child, row };
        await this.#noted(this.#journal.record(row), log);
      }
    } catch (error) {
      if (started) await this.#endStarted(started, log);
      await stage.close();
      await this.#undo(undo, log);
      if (!(error instanceof CommandFailed)) throw error;
      throw new AppNotStarted(`"${app.title}" could not be started. ${error.message}`, {
        cause: error,
      });
    }

    let stopping: Promise<void> | undefined;
    const leaving = new AbortController();
    const stop = async () => {
      leaving.abort();
      if (started) await this.#endStarted(started, log);
      await stage.close();
      await this.#undo(undo, log);
    };
    // Told of also where it does not end the session.
    const over = started && this.#sessionEnd(app, facts, started, leaving.signal, log);
    return {
      app,
      ended: over && app.endsWith !== 'quit' ? over : new Promise(() => {}),
      stop: () => (stopping ??= stop()),
    };
  }

  /** Launches meanwhile wait for it, 10 s at most. Never rejects. */
  recover(): Promise<void> {
    return (this.#recovered = this.#recover().catch((error: unknown) =>
      this.#log.error({ err: error }, 'what an earlier run of the host left could not be undone'),
    ));
  }

  async #recover(): Promise<void> {
    // What there is now: apps that start meanwhile have rows of their own.
    const left = this.#journal.entries('running-command');
    const pending = [...this.#journal.entries('undo-command')].reverse();
    for (const row of left) {
      const { run, appId, processGroup } = row;
      this.#log.warn(
        { code: 'app-left-behind', app: appId, run },
        'An app of an earlier run of the host is ended.',
      );
      await endGroup(processGroup, run, this.#limits.termination);
      await this.#noted(this.#journal.forget(row), this.#log);
    }
    if (pending.length > 0) {
      this.#log.warn(
        { code: 'undo-left-behind', count: pending.length },
        'Undo commands that an earlier run of the host left behind run now.',
      );
    }
    await this.#undo(pending, this.#log);
  }

  /**
   * Resolves when what counts for the app is over: its command, or that and everything that it started. Then never for
   * a launcher that leaves nothing behind: it has handed over to what ran before (design 1), and the stream goes on
   * until the client quits.
   */
  async #sessionEnd(
    app: App,
    facts: StreamFacts,
    { child, row }: Started,
    leaving: AbortSignal,
    log: Logger,
  ): Promise<CommandEnd> {
    const end = await child.ended;
    const seconds = child.seconds();
    log.info({ ...end, seconds: Number(seconds.toFixed(1)) }, 'ended');
    if (app.endsWith !== 'command') {
      const hadChildren = await runEnded(row.run, child.pid, leaving, this.#limits.look);
      if (hadChildren) return end;
      if (end.code === 0 && seconds * 1000 < this.#limits.launcher) return new Promise(() => {});
    }
    const trouble = leaving.aborted
      ? undefined
      : troubleOf(app.title, end, seconds, await child.lastLines());
    if (trouble !== undefined) {
      log.warn({ code: 'app-failed', end }, trouble);
      this.#problems?.report({ device: facts.clientName, message: trouble });
    }
    return end;
  }

  /** @throws CommandFailed when it cannot be made durable: what could not be undone is not done */
  async #promise(undo: UndoCommand): Promise<UndoCommand> {
    try {
      return await this.#journal.record(undo);
    } catch (error) {
      throw new CommandFailed(
        'The command that undoes its preparation could not be written to the disk. Is the disk full?',
        { cause: error },
      );
    }
  }

  /** A full disk must keep nothing running and nothing undone; a stale entry only costs the next start some work. */
  async #noted(written: Promise<unknown>, log: Logger): Promise<void> {
    await written.catch((error: unknown) =>
      log.warn({ code: 'journal-failed', err: error }, 'The journal of apps could not be written.'),
    );
  }

  async #endStarted({ child, row }: Started, log: Logger): Promise<void> {
    const run = child.hasEnded() ? row.run : undefined;
    await endGroup(child.pid, run, this.#limits.termination);
    await child.leaveOutput();
    await this.#noted(this.#journal.forget(row), log);
  }

  /** Each leaves the journal after it ran, whatever came of it: one that fails would fail at every start. */
  async #undo(pending: readonly UndoCommand[], log: Logger): Promise<void> {
    for (const undo of pending) {
      const command: Command = {
        words: undo.words,
        shell: false,
        workingDirectory: undo.workingDirectory ?? this.#home,
        environment: commandEnvironment(this.#inherited, undo.environment),
        run: undo.run,
      };
      try {
        await runCommand(command, { log, folder: this.#outputFolder }, this.#limits.command);
      } catch (error) {
        const message = `An undo command failed. ${error instanceof Error ? error.message : ''}`;
        log.error({ code: 'undo-failed', app: undo.appId, err: error }, message);
        this.#problems?.report({ message: `${undo.appId}: ${message}` });
      }
      await this.#noted(this.#journal.forget(undo), log);
    }
  }
}
