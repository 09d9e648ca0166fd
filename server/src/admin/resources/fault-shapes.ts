import * as z from 'zod';

import { RECORDING_ID } from '../../captures/recording.ts';
import { listEnd, listQuery } from '../list-query.ts';

const fault = z
  .object({
    id: z.int(),
    at: z.int().meta({ description: 'when it happened last' }),
    firstAt: z.int().meta({ description: 'the first of `count` times in a row' }),
    device: z.string().optional().meta({ description: 'its name, where it concerns one' }),
    message: z.string(),
    count: z.int(),
    dismissed: z.boolean().meta({ description: 'the owner has seen to it' }),
    recording: z
      .string()
      .regex(RECORDING_ID)
      .optional()
      .meta({ description: 'what was recorded of that device’s stream just then' }),
  })
  .meta({ id: 'Fault' });

export const faults = z
  .object({
    faults: z.array(fault).meta({ description: 'newest first' }),
    ...listEnd,
    starts: z
      .array(z.object({ at: z.int(), version: z.string() }))
      .meta({ description: 'of the host, newest first' }),
  })
  .meta({ id: 'Faults' });

export const faultQuery = listQuery.extend({ dismissed: z.enum(['true', 'false']).optional() });

export const faultChange = z.strictObject({ dismissed: z.boolean() }).meta({ id: 'FaultChange' });

export const allFaultsChange = z
  .strictObject({ dismissed: z.literal(true) })
  .meta({ id: 'AllFaultsChange' });

export type FaultsJson = z.output<typeof faults>;
export type FaultChange = z.input<typeof faultChange>;
