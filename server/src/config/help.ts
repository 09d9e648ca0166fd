import { sheet } from '../terminal/table.ts';
import { PROGRAM_COMMANDS } from './program-commands.ts';
import { optionOf, SETTING_GROUPS, SETTING_NAMES, settingRow } from './settings-table.ts';

const COMMANDS = sheet(
  PROGRAM_COMMANDS.map(({ name, usage, summary }): [string, string] => [
    `earthshine ${name} ${usage}`.trimEnd(),
    summary,
  ]),
);

const END = `Each option is also an environment variable, --base-port is EARTHSHINE_BASE_PORT, and a key of the file that
--config names, basePort. docs/3-reference/options.md tells more.`;

/** What `earthshine --help` prints. */
export function programHelp(): string {
  const groups = Object.entries(SETTING_GROUPS).map(([group, heading]) => {
    const rows: (readonly [string, string])[] = SETTING_NAMES.filter(
      (name) => settingRow(name).group === group,
    ).map((name): readonly [string, string] => {
      const { argument = '', help, unset } = settingRow(name);
      return [`  ${optionOf(name)} ${argument}`.trimEnd(), `${help} (${unset})`];
    });
    if (group === 'host') rows.unshift(['  --config FILE', 'JSON file with the same names']);
    return { heading, rows };
  });
  // One sheet over all groups, so that the texts line up.
  const lines = sheet(groups.flatMap(({ rows }) => rows)).split('\n');
  const blocks = groups.map(({ heading, rows }) => [heading, ...lines.splice(0, rows.length), '']);
  return [COMMANDS, '', ...blocks.flat(), END].join('\n');
}
