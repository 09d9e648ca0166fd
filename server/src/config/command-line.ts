import { parseArgs } from 'node:util';

import { OptionError } from './option-error.ts';
import { optionOf, SETTING_NAMES, settingRow, wordOf } from './settings-table.ts';
import type { SettingName } from './settings-table.ts';

/** `ctl` and those with words or options of their own read what is left by themselves. */
const WITH_REST = ['ctl', 'doctor', 'why', 'open', 'import', 'backup', 'restore', 'undo'] as const;
const COMMANDS = ['serve', ...WITH_REST, 'help', 'version'] as const;
type CommandName = (typeof COMMANDS)[number];

export interface CommandLine {
  readonly command: CommandName;
  /** as given, unread */
  readonly values: Readonly<Partial<Record<SettingName | 'config', string | readonly string[]>>>;
  /** the words after a command that takes some, options of the host taken out */
  readonly rest: readonly string[];
}

/** What behind `ctl` is said of a device: `pair answer --name`, `clients set --input`. */
const OWN_TO_CTL: readonly string[] = ['name', 'input'];

const OPTIONS = new Map(
  [...SETTING_NAMES, 'config' as const].map((name) => [wordOf(name), name] as const),
);

/**
 * `earthshine [serve] [options]`, `earthshine ctl <noun> <verb> …` and the like; options may stand anywhere before `--`.
 *
 * @throws OptionError naming the word that is not understood
 */
export function parseCommandLine(words: readonly string[]): CommandLine {
  const values: Partial<Record<SettingName | 'config', string | string[]>> = {};
  const rest: string[] = [];
  let command: CommandName | undefined;
  let last = -1;
  for (const token of tokensOf(words)) {
    if (token.kind === 'option-terminator') {
      // What stands behind is the command of `ctl apps add`, whatever it looks like.
      if (command !== 'ctl') continue;
      rest.push(...words.slice(token.index));
      break;
    }
    if (token.kind === 'positional') {
      const named = COMMANDS.find((name) => name === token.value);
      if (takesRest(command)) rest.push(token.value);
      else if (command !== undefined)
        throw new OptionError(`"${token.value}" is one word too many.`);
      else if (named) command = named;
      else throw new OptionError(`There is no command "${token.value}". Try: earthshine --help`);
      continue;
    }
    const isHelp = token.rawName === '--help' || token.rawName === '-h';
    if (isHelp && command !== 'ctl') return { command: 'help', values, rest };
    if (token.rawName === '--version') return { command: 'version', values, rest };
    const name = OPTIONS.get(token.rawName.slice(2));
    if (name && !(command === 'ctl' && OWN_TO_CTL.includes(name))) {
      take(values, name, token);
    } else if (takesRest(command)) {
      // `-ab` is one word and two options.
      if (token.index === last) continue;
      last = token.index;
      const isOneWord = token.value === undefined || token.inlineValue;
      rest.push(...words.slice(token.index, token.index + (isOneWord ? 1 : 2)));
    } else {
      throw new OptionError(
        `"${words[token.index]}" is not an option of earthshine. Try: earthshine --help`,
      );
    }
  }
  return { command: command ?? 'serve', values, rest };
}

const takesRest = (command: CommandName | undefined): boolean =>
  WITH_REST.some((name) => name === command);

type Token = NonNullable<ReturnType<typeof tokensOf>>[number];

function tokensOf(words: readonly string[]) {
  const isSwitch = (name: SettingName | 'config'): boolean =>
    name !== 'config' && settingRow(name).kind.type === 'switch';
  const options = Object.fromEntries(
    [...OPTIONS].map(([word, name]) => [
      word,
      { type: isSwitch(name) ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  // Not strict: behind `ctl` stand options that only `ctl` knows.
  return parseArgs({ args: [...words], options, strict: false, tokens: true }).tokens;
}

function take(
  values: Partial<Record<SettingName | 'config', string | string[]>>,
  name: SettingName | 'config',
  token: Extract<Token, { kind: 'option' }>,
): void {
  const kind = name === 'config' ? undefined : settingRow(name).kind;
  const value = token.value ?? (kind?.type === 'switch' ? 'yes' : undefined);
  // A forgotten value swallows no option that follows.
  if (value === undefined || value === '' || (!token.inlineValue && value.startsWith('--'))) {
    throw new OptionError(`${optionOf(name)} needs a value.`);
  }
  if (kind?.type === 'list') values[name] = [...(values[name] ?? []), value];
  else values[name] = value;
}
