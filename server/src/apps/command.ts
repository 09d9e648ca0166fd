import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';

import { restoreLimits } from './command-limits.ts';
import { OutputLines } from './output-lines.ts';
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

/** A command that floods the log is silenced after so many lines. */
const LINES = 2000;
/** What of its output is told of a command that failed. */
const LAST_LINES = 3;
/** What a command wrote may arrive so long after its end. */
const OUTPUT_GRACE_MS = 300;

/**
 * Starts a command as the leader of a process group of its own, its output going to the log line by line.
 *
 * @throws CommandFailed when it cannot be started
 */
export async function startCommand(command: Command, log: Logger): Promise<StartedCommand> {
  const [program, ...rest] = command.shell
    ? ['/bin/sh', '-c', command.words[0]!]
    : [...command.words];
  const since = performance.now();
  const child = spawn(program!, rest, {
    cwd: command.workingDirectory,
    env: command.environment,
    // setsid: a group of its own, which is ended as a whole, and no terminal.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  try {
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  } catch (error) {
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
  const read = new Promise((resolve) => child.once('close', resolve));
  const last = logOutput(child, log.child({ command: shown(command), pid: child.pid }));
  await restoreLimits(child.pid!, log);
  return {
    pid: child.pid!,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    seconds: () => ((over ?? performance.now()) - since) / 1000,
    ended,
    lastLines: async () => {
      // Its children may hold the pipes open for ever.
      await Promise.race([read, wait(OUTPUT_GRACE_MS)]);
      return last;
    },
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
  log: Logger,
  limit = COMMAND_LIMIT_MS,
): Promise<void> {
  const { pid, ended } = await startCommand(command, log);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, limit, 'late');
  });
  const end = await Promise.race([ended, late]);
  clearTimeout(timer);
  if (end === 'late') {
    await endGroup(pid, undefined);
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

/** @returns the last lines, kept up to date */
function logOutput(
  child: ChildProcessByStdio<null, Readable, Readable>,
  log: Logger,
): readonly string[] {
  let lines = 0;
  const last: string[] = [];
  for (const [stream, name] of [
    [child.stdout, 'out'],
    [child.stderr, 'err'],
  ] as const) {
    const splitter = new OutputLines((line) => {
      lines++;
      last.push(line);
      if (last.length > LAST_LINES) last.shift();
      if (lines <= LINES) log.info({ stream: name }, line);
      else if (lines === LINES + 1) {
        log.warn({ code: 'output-cut' }, `A command wrote ${LINES} lines; the rest is dropped.`);
      }
    });
    stream.on('data', (part: Buffer) => splitter.push(part));
    stream.on('end', () => splitter.end());
    stream.on('error', () => splitter.end());
  }
  return last;
}
