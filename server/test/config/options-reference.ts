import {
  optionOf,
  SETTING_GROUPS,
  SETTING_NAMES,
  settingRow,
  variableOf,
} from '../../src/config/settings-table.ts';

const READ_AT = {
  now: 'at once',
  stream: 'for each stream that begins',
  start: 'when the host starts',
};

/** docs/3-reference/options.md, made from the table of settings. */
export function optionsReference(): string {
  return [
    '# Options',
    '',
    'What can be set from outside. Each has three names: an option (`--base-port 50000`), an environment variable',
    '(`EARTHSHINE_BASE_PORT=50000`) and a key of the JSON file that `--config` or `EARTHSHINE_CONFIG` names (`"basePort": 50000`). The',
    'command line comes before the environment, that before the file, that before what holds unset; a variable that is empty counts as',
    'unset. What is set in none of these can be chosen while the host runs: on the Settings page of the admin, or with `earthshine ctl settings set`.',
    'A value that cannot be used stops the start with the name as it was given and what it takes. Switches take `yes` or `no`,',
    'on the command line the name alone is a `yes`. What may be given several times is a JSON list in the file, and one text with commas',
    'or spaces in a variable.',
    ...Object.entries(SETTING_GROUPS).flatMap(([group, heading]) => [
      '',
      `## ${heading}`,
      ...SETTING_NAMES.filter((name) => settingRow(name).group === group).flatMap(entry),
    ]),
    '',
  ].join('\n');
}

function entry(name: (typeof SETTING_NAMES)[number]): string[] {
  const { kind, argument, help, unset, readAt } = settingRow(name);
  return [
    '',
    `### \`${[optionOf(name), argument].filter(Boolean).join(' ')}\``,
    '',
    `${help[0]!.toUpperCase()}${help.slice(1)}.`,
    '',
    `* Variable \`${variableOf(name)}\`, key \`${name}\``,
    `* Takes ${kind.takes}; unset: ${unset}`,
    `* A change counts ${READ_AT[readAt]}`,
  ];
}
