import { parseArgs } from 'node:util';

import { askNewPassword } from './ask-password.ts';
import type { PasswordInput } from './ask-password.ts';
import { CTL_COMMANDS } from './commands.ts';
import { ControlClient, CtlFailure, EXIT } from './control-client.ts';
import type { CtlCommand, CtlResult } from './ctl-command.ts';
import { COLOURED, PLAIN } from './present.ts';

export interface CtlEnvironment {
  /** where the host keeps its data, and with it its socket */
  readonly dataDirectory: string;
  readonly stdout?: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly stderr?: { write(text: string): unknown };
  readonly stdin?: PasswordInput;
  /** for NO_COLOR */
  readonly variables?: NodeJS.ProcessEnv;
  /** milliseconds since 1970 */
  readonly now?: () => number;
}

/**
 * `earthshine ctl <noun> <verb> … [--json]`: talks to the running host over its owner's socket.
 *
 * @param args the words after `ctl`
 * @returns the exit code (docs/3-reference/ctl.md)
 */
export async function runCtl(
  args: readonly string[],
  environment: CtlEnvironment,
): Promise<number> {
  const { stdout = process.stdout } = environment;
  try {
    if (args.length === 0 || asksForHelp(args)) {
      const help = ctlHelp(args);
      stdout.write(`${wantsJson(args) ? JSON.stringify({ help }, null, 2) : help}\n`);
      return args.length === 0 ? EXIT.usage : EXIT.done;
    }
    const { json, text, exit = EXIT.done } = await runCommand(args, environment);
    stdout.write(`${wantsJson(args) ? JSON.stringify(json, null, 2) : text}\n`);
    return exit;
  } catch (error) {
    if (!(error instanceof CtlFailure)) throw error;
    return failCtl(error, args, environment);
  }
}

/**
 * Tells why `ctl` could not do what it was asked, in the form that was asked for.
 *
 * @returns the exit code
 */
export function failCtl(
  { code, message, exit }: CtlFailure,
  args: readonly string[],
  { stdout = process.stdout, stderr = process.stderr }: Partial<CtlEnvironment> = {},
): number {
  if (wantsJson(args)) stdout.write(`${JSON.stringify({ error: { code, message } }, null, 2)}\n`);
  else stderr.write(`${message}\n`);
  return exit;
}

/** Without what stands behind `--`: the command of an app, whatever it looks like. */
function ownWords(args: readonly string[]): readonly string[] {
  const end = args.indexOf('--');
  return end < 0 ? args : args.slice(0, end);
}

const wantsJson = (args: readonly string[]): boolean => ownWords(args).includes('--json');

const asksForHelp = (args: readonly string[]): boolean =>
  args[0] === 'help' || ownWords(args).some((word) => word === '--help' || word === '-h');

/**
 * What the sub-commands do that `args` names, `pair answer --help` or `help pair`; all of them when it names none.
 */
export function ctlHelp(args: readonly string[] = []): string {
  const [noun, verb] = args.filter((word) => word !== 'help' && !word.startsWith('-'));
  const named = [
    CTL_COMMANDS.filter(({ name }) => name === noun || name === `${noun} ${verb}`),
    CTL_COMMANDS.filter(({ name }) => name.startsWith(`${noun} `)),
    CTL_COMMANDS,
  ].find(({ length }) => length > 0)!;
  const lines = named.map(
    ({ name, usage, summary }) => `  ${`${name} ${usage}`.trim()}\n      ${summary}`,
  );
  return [
    'earthshine ctl <noun> <verb> [--json]     talk to the running host',
    '',
    ...lines,
    '',
    'DEVICE is a name or the start of an id, APP a title or an id. --json prints what programs read.',
  ].join('\n');
}

async function runCommand(
  args: readonly string[],
  environment: CtlEnvironment,
): Promise<CtlResult> {
  const command = findCommand(args);
  const { words, rest, values } = parse(command, args.slice(command.name.split(' ').length));
  const { stdout = process.stdout, stdin = process.stdin, stderr = process.stderr } = environment;
  const { NO_COLOR } = environment.variables ?? process.env;
  return command.run({
    client: new ControlClient(environment.dataDirectory),
    words,
    command: rest,
    option: (name) => values[name] as string | undefined,
    list: (name) => (values[name] as string[] | undefined) ?? [],
    flag: (name) => values[name] === true,
    paint: stdout.isTTY && !NO_COLOR ? COLOURED : PLAIN,
    now: (environment.now ?? Date.now)(),
    newPassword: () => askNewPassword(stdin, (text) => stderr.write(text)),
  });
}

function findCommand(args: readonly string[]): CtlCommand {
  const [noun = '', verb = ''] = args;
  const found = CTL_COMMANDS.find(({ name }) => name === noun || name === `${noun} ${verb}`);
  if (found) return found;
  const verbs = CTL_COMMANDS.filter(({ name }) => name.startsWith(`${noun} `)).map(({ name }) =>
    name.slice(noun.length + 1),
  );
  throw usage(
    verbs.length > 0
      ? `"${noun}" wants one of: ${verbs.join(', ')}.`
      : `There is no "${noun}". Try: earthshine ctl help`,
  );
}

function parse(command: CtlCommand, args: readonly string[]) {
  const wanted = `Use: earthshine ctl ${command.name} ${command.usage}`.trimEnd();
  const at = args.indexOf('--');
  const rest = at < 0 ? undefined : args.slice(at + 1);
  if (rest && (!command.takesCommand || rest.length === 0)) throw usage(wanted);
  try {
    const { positionals, values } = parseArgs({
      args: at < 0 ? [...args] : args.slice(0, at),
      options: { json: { type: 'boolean' }, ...command.options },
      allowPositionals: true,
      strict: true,
    });
    const most = command.words + (command.mayTakeWord ? 1 : 0);
    if (positionals.length < command.words || positionals.length > most) throw usage(wanted);
    return { words: positionals, rest, values: values as Readonly<Record<string, unknown>> };
  } catch (error) {
    if (error instanceof CtlFailure) throw error;
    // parseArgs says what is wrong in its first sentence and advises on escaping in the next.
    const [why = ''] = (error as Error).message.split('. ');
    throw usage(`${why.replace(/\.$/, '')}. ${wanted}`);
  }
}

function usage(message: string): CtlFailure {
  return new CtlFailure(EXIT.usage, 'usage', message);
}
