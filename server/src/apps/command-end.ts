import type { CommandEnd } from './command.ts';

/** What a signal means to a person. */
const SIGNALS: Readonly<Record<string, string>> = {
  SIGSEGV: 'crashed (it used memory that is not its own, SIGSEGV)',
  SIGABRT: 'gave up (SIGABRT)',
  SIGBUS: 'crashed (it used memory that is not there, SIGBUS)',
  SIGFPE: 'crashed (a calculation without a result, SIGFPE)',
  SIGILL: 'crashed (this processor does not know one of its instructions, SIGILL)',
  SIGTRAP: 'crashed (SIGTRAP)',
  SIGKILL: 'was killed (SIGKILL), perhaps because the memory ran out',
  SIGXCPU: 'was ended for using a processor for too long (SIGXCPU)',
  SIGXFSZ: 'was ended for writing a file that is too large (SIGXFSZ)',
};

/** What a status means by convention of the shell, or of nobody. */
const STATUSES: Readonly<Record<number, string>> = {
  126: 'ended with status 126: its program may not be run',
  127: 'ended with status 127: its program, or a library that it needs, was not found',
};

/**
 * How a command's end is told to its owner: `"Doom" ended with status 3 after 1 s. It wrote last: "no sound card"`.
 *
 * @param seconds that it ran
 * @param lastLines of its output, the last one last
 * @returns undefined for an end that is none to speak of
 */
export function troubleOf(
  title: string,
  { code, signal }: CommandEnd,
  seconds: number,
  lastLines: readonly string[],
): string | undefined {
  if (code === 0) return undefined;
  const how =
    signal === null
      ? (STATUSES[code ?? 0] ?? `ended with status ${code}`)
      : (SIGNALS[signal] ?? `was ended by ${signal}`);
  const after = seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
  const wrote =
    lastLines.length > 0
      ? ` It wrote last: ${lastLines.map((line) => JSON.stringify(shortened(line))).join(', ')}`
      : ' It wrote nothing.';
  return `"${title}" ${how} after ${after}.${wrote}`;
}

function shortened(line: string): string {
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
