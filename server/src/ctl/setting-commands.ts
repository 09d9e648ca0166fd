import type { SettingJson, SettingsJson } from '../admin/resources/settings-shapes.ts';
import { table } from '../terminal/table.ts';
import { CtlFailure, EXIT } from './control-client.ts';
import type { ControlClient } from './control-client.ts';
import type { CtlCommand } from './ctl-command.ts';

const COUNTS = {
  now: 'counts at once',
  stream: 'counts for the next stream',
  start: 'counts from the next start on',
} as const;

/** `ctl settings …`: what the Settings page does. */
export const SETTING_COMMANDS: readonly CtlCommand[] = [
  {
    name: 'settings list',
    usage: '',
    summary: 'every setting, its value, and where that comes from',
    words: 0,
    run: async ({ client, paint }) => {
      const answer = await client.ask<SettingsJson>('GET', 'settings');
      const rows = answer.settings.map((setting) => [
        setting.name,
        shown(setting),
        setting.source === 'store' ? 'chosen' : setting.source,
        setting.pending === undefined ? '' : 'waits for the next start',
      ]);
      return { json: answer, text: table(['SETTING', 'VALUE', 'FROM', ''], rows, paint.dim) };
    },
  },
  {
    name: 'settings set',
    usage: 'SETTING VALUE',
    summary:
      'choose a value; what the command line, a variable or the file gives cannot be changed',
    words: 2,
    run: async ({ client, words: [name, value] }) => change(client, name!, value!),
  },
  {
    name: 'settings reset',
    usage: 'SETTING',
    summary: 'back to what holds while nobody has chosen anything',
    words: 1,
    run: async ({ client, words: [name] }) => change(client, name!, null),
  },
];

async function change(client: ControlClient, wanted: string, value: string | null) {
  const { settings } = await client.ask<SettingsJson>('GET', 'settings');
  // `basePort`, `base-port` and `--base-port` are the same.
  const setting = settings.find(({ name, option }) =>
    [name, option, option.slice(2)].includes(wanted),
  );
  if (!setting) {
    throw new CtlFailure(
      EXIT.notFound,
      'not-found',
      `There is no setting "${wanted}". See: earthshine ctl settings list`,
    );
  }
  const answer = await client.ask<SettingsJson>('PATCH', 'settings', {
    settings: { [setting.name]: value },
  });
  const now = answer.settings.find(({ name }) => name === setting.name)!;
  const holds = value === null ? `is as unset again (${now.unset})` : `is ${value}`;
  return { json: now, text: `${now.name} ${holds}; it ${COUNTS[now.readAt]}.` };
}

function shown({ value, unset }: SettingJson): string {
  if (value === undefined) return `(${unset})`;
  return Array.isArray(value) ? value.join(', ') : String(value);
}
