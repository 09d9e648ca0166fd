import { PROGRAM_COMMANDS } from '../../server/src/config/program-commands.ts';
import {
  optionOf,
  SETTING_GROUPS,
  SETTING_NAMES,
  settingRow,
  variableOf,
} from '../../server/src/config/settings-table.ts';
import { CTL_COMMANDS } from '../../server/src/ctl/commands.ts';

/*
 * earthshine(1) and earthshine-config(5) in the man macros, made from the tables that also make --help, so that they say
 * what the program does.
 */

/** What a page is dated and called after. */
export interface Edition {
  readonly version: string;
  /** `2026-12-01` */
  readonly date: string;
}

/** A text as roff takes it: nothing in it is a command or an escape. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', "'")
    .replace(/^(?=[.'])/gm, '\\&');
}

const bold = (text: string): string => `\\fB${roff(text)}\\fR`;
const italic = (text: string): string => `\\fI${roff(text)}\\fR`;
const sentence = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}.`;

/** A term and what it means. */
const entry = (term: string, ...lines: readonly string[]): string[] => ['.TP', term, ...lines];

/** `--base-port N` in bold and italic. */
function option(name: (typeof SETTING_NAMES)[number]): string {
  const { argument } = settingRow(name);
  return bold(optionOf(name)) + (argument ? ` ${italic(argument)}` : '');
}

function heading(page: string, section: number, edition: Edition): string {
  return `.TH ${page.toUpperCase()} ${section} ${edition.date} "Earthshine ${roff(edition.version)}"`;
}

/** earthshine(1) */
export function programManual(edition: Edition): string {
  return [
    heading('earthshine', 1, edition),
    '.SH NAME',
    'earthshine \\- stream games and the desktop to Moonlight clients',
    '.SH SYNOPSIS',
    ...PROGRAM_COMMANDS.filter(({ name }) => name !== 'help').flatMap(({ name, usage }, index) => [
      ...(index > 0 ? ['.br'] : []),
      `${bold(`earthshine ${name}`)} ${roff(usage)}`.trimEnd(),
    ]),
    '.SH DESCRIPTION',
    roff(
      'Any stock Moonlight client finds this computer on the network, pairs with a PIN, and plays its desktop and games. ' +
        'The owner runs it from a browser; earthshine open leads there.',
    ),
    '.SH COMMANDS',
    ...PROGRAM_COMMANDS.flatMap(({ name, usage, summary, options = {} }) => [
      ...entry(`${bold(name)} ${roff(usage)}`.trimEnd(), roff(sentence(summary))),
      ...Object.entries(options).map(([word, help]) => `.br\n${bold(`--${word}`)}: ${roff(help)}`),
    ]),
    '.SH OPTIONS',
    'Of the host, and where the other commands find it.',
    ...entry(
      `${bold('--config')} ${italic('FILE')}`,
      `JSON file with the same names, see ${bold('earthshine-config')}(5).`,
    ),
    ...SETTING_NAMES.flatMap((name) => {
      const { help, unset } = settingRow(name);
      return entry(option(name), roff(`${sentence(help)} Unset: ${unset}.`));
    }),
    '.SH CTL',
    `What ${bold('earthshine ctl')} takes. ${bold('--json')} prints what programs read.`,
    ...CTL_COMMANDS.flatMap(({ name, usage, summary }) =>
      entry(`${bold(name)} ${roff(usage)}`.trimEnd(), roff(sentence(summary))),
    ),
    '.SH EXIT STATUS',
    '0 on success, 1 when something failed, 2 for words that are not understood, 3 when no host runs.',
    '.SH FILES',
    ...entry(
      italic('~/.local/share/earthshine'),
      'What the host keeps: identity, store, pictures.',
    ),
    ...entry(
      italic('~/.config/systemd/user/earthshine.service.d'),
      'Changes of your own to the unit, of its options for example.',
    ),
    '.SH SEE ALSO',
    `${bold('earthshine-config')}(5), ${bold('systemctl')}(1), ${bold('journalctl')}(1)`,
    '',
  ].join('\n');
}

/** earthshine-config(5) */
export function configurationManual(edition: Edition): string {
  return [
    heading('earthshine-config', 5, edition),
    '.SH NAME',
    'earthshine\\-config \\- settings of earthshine',
    '.SH DESCRIPTION',
    roff('A JSON object in the file that --config or EARTHSHINE_CONFIG names:'),
    '.PP',
    '.EX',
    '{ "name": "Living room", "basePort": 50000, "bind": ["192.0.2.7"] }',
    '.EE',
    '.PP',
    roff(
      'Each setting is also an option of the command line and an environment variable. The command line comes before the ' +
        'environment, that before the file, that before what was set in the admin. A value that cannot be used stops the ' +
        'start and is named.',
    ),
    ...Object.entries(SETTING_GROUPS).flatMap(([group, title]) => [
      `.SH ${roff(title.toUpperCase())}`,
      ...SETTING_NAMES.filter((name) => settingRow(name).group === group).flatMap((name) => {
        const { kind, help, unset, readAt } = settingRow(name);
        const read = readAt === 'start' ? 'when the host starts' : 'for each stream that begins';
        return entry(
          bold(name),
          roff(`${sentence(help)} It takes ${kind.takes}. Unset: ${unset}. Read ${read}.`),
          '.br',
          `Option ${option(name)}, variable ${bold(variableOf(name))}`,
        );
      }),
    ]),
    '.SH SEE ALSO',
    `${bold('earthshine')}(1)`,
    '',
  ].join('\n');
}
