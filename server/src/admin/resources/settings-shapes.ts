import * as z from 'zod';

import { SETTING_GROUPS, SETTING_NAMES } from '../../config/settings-table.ts';
import type { SettingName } from '../../config/settings-table.ts';
import { version } from '../version.ts';
import { password } from './account-shapes.ts';

const value = z.union([
  z.string().max(4096),
  z.number(),
  z.boolean(),
  z.array(z.string().max(4096)).max(64),
]);

/** What makes this machine reachable by others, or for other names: the password is asked for each time. */
export const GUARDED_SETTINGS: readonly SettingName[] = [
  'allowPublic',
  'adminHost',
  'adminProxy',
  'bind',
];

const setting = z
  .object({
    name: z.enum(SETTING_NAMES),
    version,
    group: z.enum(Object.keys(SETTING_GROUPS) as [keyof typeof SETTING_GROUPS]),
    type: z.enum(['text', 'number', 'switch', 'choice', 'list']),
    takes: z.string().meta({ description: 'in words: a whole number from 0 to 255' }),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    choices: z.array(z.string()).optional(),
    help: z.string(),
    unset: z.string().meta({ description: 'what holds while nobody has set it, in words' }),
    option: z.string(),
    variable: z.string(),
    readAt: z.enum(['now', 'stream', 'start']).meta({
      description: 'when a change counts: at once, for the next stream, from the next start on',
    }),
    source: z.enum(['command line', 'environment', 'configuration file', 'store', 'default']),
    value: value.optional().meta({ description: 'absent: nobody has set it' }),
    pending: value
      .nullable()
      .optional()
      .meta({ description: 'holds from the next start on; null: what holds unset' }),
    locked: z.boolean().meta({ description: 'what comes before the store gives it' }),
    guarded: z.boolean().meta({ description: 'a change takes the password' }),
  })
  .meta({ id: 'Setting' });

export const settings = z.object({ settings: z.array(setting) }).meta({ id: 'Settings' });

export const settingsChange = z
  .strictObject({
    settings: z
      .partialRecord(z.enum(SETTING_NAMES), value.nullable())
      .meta({ description: 'null: no longer chosen here' }),
    versions: z
      .partialRecord(z.enum(SETTING_NAMES), version)
      .optional()
      .meta({ description: 'of settings as they were seen' }),
    password: password.optional().meta({ description: 'needed for guarded ones' }),
  })
  .meta({ id: 'SettingsChange' });

export type SettingJson = z.output<typeof setting>;
export type SettingsJson = z.output<typeof settings>;
export type SettingsChange = z.input<typeof settingsChange>;
