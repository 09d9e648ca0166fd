import * as z from 'zod';

import { PERMISSIONS, PRESET_NAMES, eachPermission } from '../../devices/permissions.ts';
import { password } from './account-shapes.ts';
import { version } from '../version.ts';
import { listEnd } from '../list-query.ts';
import { preparation } from './app-shapes.ts';
import { limits } from './limit-shapes.ts';
import { PROBLEMS } from './problems.ts';
import { text } from './text.ts';

export const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .meta({
    id: 'Fingerprint',
    description: 'SHA-256 of the client certificate’s DER, lower-case hex',
  });

export const deviceName = text(64);

export const device = z
  .object({
    fingerprint,
    version,
    name: z.string(),
    enabled: z.boolean(),
    ...eachPermission((name) => z.boolean().meta({ description: PERMISSIONS[name].effect })),
    preset: z
      .enum(PRESET_NAMES)
      .optional()
      .meta({ description: 'the set of permissions that it has; absent: one of its own' }),
    limits: limits.optional(),
    preparation: preparation
      .optional()
      .meta({ description: 'runs before that of whatever it starts, and is undone after it' }),
    refusal: z
      .string()
      .optional()
      .meta({ description: 'why it may not stream just now, as it is told' }),
    pairedAt: z.int(),
    lastSeenAt: z.int().optional(),
    lastAddress: z.string().optional(),
    sessions: z.array(z.int()).meta({ description: 'ids of its live sessions' }),
  })
  .meta({ id: 'Device' });

export const devices = z.object({ devices: z.array(device), ...listEnd }).meta({ id: 'Devices' });

export const deviceChange = z
  .strictObject({
    name: deviceName.optional(),
    enabled: z.boolean().optional(),
    preset: z.enum(PRESET_NAMES).optional(),
    ...eachPermission(() => z.boolean().optional()),
    limits: limits.optional().meta({ description: 'in place of all that it had' }),
    preparation: preparation
      .optional()
      .meta({ description: 'in place of all that it had; needs the password in a browser' }),
    version: version.optional().meta({ description: 'of the device as it was seen' }),
    password: password.optional().meta({
      description: 'needed in a browser where `unlock` becomes true or commands are named',
    }),
  })
  .refine(
    ({ password: _, version: __, ...change }) =>
      Object.values(change).some((said) => said !== undefined),
    {
      message: PROBLEMS['nothing-to-change'],
    },
  )
  .meta({ id: 'DeviceChange' });

export type DeviceJson = z.output<typeof device>;
export type DeviceChange = z.input<typeof deviceChange>;
