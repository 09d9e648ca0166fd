import { isLocked, SettingRefused } from '../../config/live-options.ts';
import type { LiveOptions } from '../../config/live-options.ts';
import { optionOf, settingRow, variableOf } from '../../config/settings-table.ts';
import { ApiError } from '../api-error.ts';
import { API, route } from '../route.ts';
import type { Route } from '../route.ts';
import { requireCurrent, versionOf } from '../version.ts';
import { GUARDED_SETTINGS, settings as shape, settingsChange } from './settings-shapes.ts';
import type { SettingJson, SettingsJson } from './settings-shapes.ts';

/** Everything that the command line can set, with where it comes from. */
export function settingRoutes(parts: { readonly settings: LiveOptions }): readonly Route[] {
  const { settings } = parts;
  const view = (): SettingsJson => ({ settings: settings.list().map(settingView) });
  return [
    route({
      method: 'get',
      path: `${API}/settings`,
      access: 'admin',
      summary: 'Every setting: its value, where that comes from, and when a change counts.',
      answer: shape,
      handle: view,
    }),
    route({
      method: 'patch',
      path: `${API}/settings`,
      access: 'admin',
      summary:
        'Chooses values, or takes back what was chosen; guarded ones need the password. All of it is done, or nothing.',
      body: settingsChange,
      answer: shape,
      asksPassword: ({ settings }) => GUARDED_SETTINGS.some((name) => name in settings),
      handle: async ({ body }) => {
        for (const one of settings.list()) {
          if (!(one.name in body.settings)) continue;
          requireCurrent(body.versions?.[one.name], editable(one), { path: 'settings' });
        }
        try {
          await settings.change(body.settings);
        } catch (error) {
          throw asApiError(error);
        }
        return view();
      },
    }),
  ];
}

function asApiError(error: unknown): unknown {
  if (!(error instanceof SettingRefused)) return error;
  const { reason, setting, takes, message } = error;
  return new ApiError(reason === 'locked' ? 'conflict' : 'invalid-request', message, {
    reason: reason === 'locked' ? 'setting-locked' : 'not-taken',
    parameters: { takes },
    field: `settings.${setting}`,
  });
}

type Listed = ReturnType<LiveOptions['list']>[number];

/** What was chosen, under its setting's name. */
function editable({ name, source, value, pending }: Listed): Readonly<Record<string, unknown>> {
  return { [name]: [source, value, pending] };
}

function settingView(listed: Listed): SettingJson {
  const { name, source, value, pending } = listed;
  const { kind, group, help, unset, readAt, notChosen } = settingRow(name);
  return {
    name,
    version: versionOf(editable(listed)),
    group,
    type: kind.type,
    takes: kind.takes,
    ...(kind.minimum !== undefined && { minimum: kind.minimum }),
    ...(kind.maximum !== undefined && { maximum: kind.maximum }),
    ...(kind.choices && { choices: [...kind.choices] }),
    help,
    unset,
    option: optionOf(name),
    variable: variableOf(name),
    readAt,
    source,
    ...(value !== undefined && { value: value as NonNullable<SettingJson['value']> }),
    ...(pending !== undefined && { pending: pending as SettingJson['pending'] }),
    locked: isLocked(source) || notChosen === true,
    guarded: GUARDED_SETTINGS.includes(name),
  };
}
