import * as z from 'zod';

import { LAUNCHERS } from '../../import/launchers/found-app.ts';
import { appId } from './app-shapes.ts';

export const foundApps = z
  .object({
    apps: z.array(
      z.object({
        launcher: z.enum(LAUNCHERS),
        title: z.string(),
        command: z.array(z.string()),
        state: z.enum(['new', 'differs', 'there']).meta({
          description: 'against the apps: none, one of the same title, one of the same command',
        }),
        app: z
          .object({ id: appId, command: z.array(z.string()).optional() })
          .optional()
          .meta({ description: 'the one that differs or is there already' }),
      }),
    ),
    late: z
      .array(z.enum(LAUNCHERS))
      .meta({ description: 'launchers whose files did not come in time' }),
  })
  .meta({ id: 'FoundApps' });

export type FoundAppsJson = z.output<typeof foundApps>;
