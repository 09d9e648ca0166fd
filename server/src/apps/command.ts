import { spawn } from 'node:child_process';
import type { Logger } from 'pino';

import { withUsersUmask } from '../processes/umask.ts';
import { restoreLimits } from './command-limits.ts';
import { CommandOutput } from './command-output.ts';
import { endGroup } from './process-group.ts';

/** A command that can be run: everything about it is decided. */
export interface Command {
  readonly words: readonly string[];
  /** the one word is a line for /bin/sh */
  readonly shell: boolean;
  readonly workingDirectory: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** the token in its environment */
  readonly run: string;
}

export interface CommandEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface StartedCommand {
  /** also the number of its process group */
  readonly pid: number;
  /** resolves when the command itself has ended; its children may live on */
  readonly ended: Promise<CommandEnd>;
  hasEnded(): boolean;
  /** how long it has run, or ran */
  seconds(): number;
  /** of its output, the last one last */
  lastLines(): Promise<readonly string[]>;
  /** Nobody reads its output any more; what still writes is not disturbed. May be called twice. */
  leaveOutput(): Promise<void>;
}

/** Where commands are run from. */
export interface CommandSurroundings {
  readonly log: Logger;
  /** a folder of the host's own, for what they write */
  readonly folder: string;
  /** how many of the last lines are told; a few */
  readonly keptLines?: number;
}

/** A command that could not be started or did not succeed, as a sentence. */
export class CommandFailed extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandFailed';
  }
}

/** A preparation or undo command may take so long. */
export const COMMAND_LIMIT_MS = 60_000;

/**
 * Starts a command as the leader of a process group of its own, its output going to the log line by line.
 *
 * @throws CommandFailed when it cannot be started
 */
export async function startCommand(
  command: Command,
  { log, folder, keptLines }: CommandSurroundings,
): Promise<StartedCommand> {
  const [program, ...rest] = command.shell
    ? ['/bin/sh', '-c', command.words[0]!]
    : [...command.words];
  let ownLog = log.child({ command: shown(command) });
  const output = await CommandOutput.open(folder, () => ownLog, keptLines);
  const since = performance.now();
  const child = withUsersUmask(() =>
    spawn(program!, rest, {
      cwd: command.workingDirectory,
      env: command.environment,
      // setsid: a group of its own, which is ended as a whole, and no terminal.
      detached: true,
      stdio: ['ignore', ...output.stdio],
    }),
  );
  ownLog = ownLog.child({ pid: child.pid });
  try {
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  } catch (error) {
    await output.close();
    throw new CommandFailed(startFailure(command, error as NodeJS.ErrnoException), {
      cause: error,
    });
  }
  // Later errors (a signal that could not be sent) say nothing that `exit` does not.
  child.on('error', (error) =>
    log.debug({ code: 'command-error', err: error }, 'A command failed.'),
  );
  let over: number | undefined;
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      over = performance.now();
      resolve({ code, signal });
    });
  });
  await restoreLimits(child.pid!, log);
  return {
    pid: child.pid!,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    seconds: () => ((over ?? performance.now()) - since) / 1000,
    ended,
    lastLines: () => output.lastLines(),
    leaveOutput: () => output.close(),
  };
}

/**
 * Runs a command to its end; what is left of its group after the limit is ended.
 *
 * @param limit milliseconds
 * @throws CommandFailed unless it ended with status 0 in time
 */
export async function runCommand(
  command: Command,
  surroundings: CommandSurroundings,
  limit = COMMAND_LIMIT_MS,
): Promise<void> {
  const { pid, ended, leaveOutput } = await startCommand(command, surroundings);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, limit, 'late');
  });
  const end = await Promise.race([ended, late]);
  clearTimeout(timer);
  if (end === 'late') await endGroup(pid, undefined);
  await leaveOutput();
  if (end === 'late') {
    throw new CommandFailed(`${shown(command)} took longer than ${limit / 1000} s and was ended.`);
  }
  if (end.code !== 0) {
    throw new CommandFailed(
      end.signal
        ? `${shown(command)} was ended by ${end.signal}.`
        : `${shown(command)} failed with status ${end.code}. Its output is in the host's log.`,
    );
  }
}

/** A command as a person reads it, not to be run again: words with spaces in quotes, cut at 120 letters. */
export function shown(command: Pick<Command, 'words' | 'shell'>): string {
  const line = command.shell
    ? command.words[0]!
    : command.words
        .map((word) => (/^[^\s"']+$/.test(word) ? word : JSON.stringify(word)))
        .join(' ');
  return line.length > 120 ? `${line.slice(0, 119)}…` : line;
}

function startFailure(command: Command, error: NodeJS.ErrnoException): string {
  const program = command.shell ? '/bin/sh' : command.words[0];
  switch (error.code) {
    case 'ENOENT':
      // Node says ENOENT for a missing working directory too.
      return command.workingDirectory === undefined
        ? `There is no program "${program}". Check its name, or give its full path.`
        : `There is no program "${program}", or no folder "${command.workingDirectory}".`;
    case 'EACCES':
      return `"${program}" may not be run. Check that the file is executable.`;
    default:
      return `${shown(command)} could not be started: ${error.message}.`;
  }
}
