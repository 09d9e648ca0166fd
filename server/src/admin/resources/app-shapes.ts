import * as z from 'zod';

import { APP_CODECS, APP_ENDS } from '../../apps/apps.ts';
import { DISPLAY_KINDS, takesCommand } from '../../displays/display.ts';
import { password } from './account-shapes.ts';
import { listEnd } from '../list-query.ts';
import { PROBLEMS } from './problems.ts';
import { text } from './text.ts';
import { version } from '../version.ts';

export const appId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
  .meta({ id: 'AppId' });

const argument = z
  .string()
  .max(4096)
  .regex(/^[^\0]*$/, PROBLEMS['control-characters']);
const commandLine = z
  .array(argument)
  .min(1)
  .max(256)
  .refine((words) => words[0] !== '', { message: PROBLEMS['program-empty'] });

const source = z.enum(DISPLAY_KINDS).meta({
  description:
    'what it runs on and what is streamed: the desktop’s screen, a screen of the device’s own that the desktop makes for it, Game Mode’s, none (`input-only`), a private session, the test pattern, or a card before the host does something (`host-…`: listed for devices with the permission `hostActions`)',
});

const endsWith = z.enum(APP_ENDS).meta({
  description:
    'what ends the stream by itself: `command`, as soon as the command ends; `processes`, the last process that it started, unless it ended within 5 s with status 0 and left nothing behind (a launcher); `quit`, nothing but a quit',
});

const codec = z
  .enum(APP_CODECS)
  .meta({ description: 'the best that its streams are offered; H.264 always is' });

/** Commands that run before something, and undo it afterwards. */
export const preparation = z
  .array(z.strictObject({ run: commandLine, undo: commandLine.optional() }))
  .max(32);

const appInput = z
  .strictObject({
    title: text(128),
    source: source.default('desktop'),
    command: commandLine
      .optional()
      .meta({ description: 'argument vector; absent: nothing is started' }),
    shell: z
      .boolean()
      .default(false)
      .meta({ description: 'run `command`, then of length 1, through /bin/sh -c' }),
    workingDirectory: z
      .string()
      .max(4096)
      .regex(/^\/[^\0]*$/, PROBLEMS['absolute-path'])
      .optional(),
    environment: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, PROBLEMS['variable-name']),
        argument,
      )
      .default({})
      .refine((variables) => Object.keys(variables).length <= 128, {
        message: PROBLEMS['too-many-variables'],
      }),
    preparation: preparation.default([]),
    endsWith: endsWith.default('processes'),
    codec: codec.optional(),
  })
  .refine((app) => !app.shell || app.command?.length === 1, {
    message: PROBLEMS['shell-one-line'],
    path: ['command'],
  })
  .refine((app) => app.command === undefined || takesCommand(app.source), {
    message: PROBLEMS['takes-no-command'],
    path: ['command'],
  })
  .meta({ id: 'AppInput' });

export const app = z
  .object({
    id: appId,
    version,
    gameId: z.int().meta({ description: 'changes with title and art' }),
    title: z.string(),
    source,
    command: z.array(z.string()).optional(),
    shell: z.boolean(),
    workingDirectory: z.string().optional(),
    environment: z.record(z.string(), z.string()),
    preparation: z.array(
      z.object({ run: z.array(z.string()), undo: z.array(z.string()).optional() }),
    ),
    endsWith,
    codec: codec.optional(),
    toReview: z.boolean().meta({
      description: 'its commands came from another host; saving it once lets devices start it',
    }),
    position: z.int(),
    hasArt: z.boolean().meta({ description: 'art was uploaded; else a generated one is served' }),
    artUrl: z.string().meta({ description: 'PNG; changes whenever the picture does' }),
    thumbnailUrl: z.string().meta({ description: 'the same, small, WebP' }),
  })
  .meta({ id: 'App' });

export const apps = z.object({ apps: z.array(app), ...listEnd }).meta({ id: 'Apps' });

export const appEdit = z
  .strictObject({
    app: appInput,
    version: version
      .optional()
      .meta({ description: 'of the app that is replaced, as it was seen' }),
    password: password.optional(),
  })
  .meta({ id: 'AppEdit' });

/** A command to be run for a moment; it need not be an app's yet. */
export const appTrial = z
  .strictObject({ app: appInput, password: password.optional() })
  .refine(({ app }) => app.command !== undefined, {
    message: PROBLEMS['program-empty'],
    path: ['app', 'command'],
  })
  .meta({ id: 'AppTrial' });

export const trial = z
  .object({
    failure: z.string().optional().meta({ description: 'why it could not be started' }),
    code: z.int().nullable().optional().meta({
      description: 'its status; null: a signal ended it; absent: it ran on, and was ended',
    }),
    signal: z.string().nullable().optional(),
    seconds: z.number(),
    output: z.array(z.string()).meta({ description: 'the last lines that it wrote' }),
    environment: z
      .record(z.string(), z.string())
      .meta({ description: 'what it got on top of what the host itself has' }),
    workingDirectory: z.string(),
  })
  .meta({ id: 'Trial' });

export const appOrder = z
  .strictObject({ ids: z.array(appId).max(1000) })
  .meta({ id: 'AppOrder', description: 'every app’s id once, first one first' });

export type AppJson = z.output<typeof app>;
export type AppTrial = z.input<typeof appTrial>;
export type TrialJson = z.output<typeof trial>;
export type AppEdit = z.input<typeof appEdit>;
export type AppOrder = z.input<typeof appOrder>;
