import * as z from 'zod';

const line = z
  .object({
    sequence: z.int(),
    at: z.int(),
    level: z.int().meta({ description: '20 debug, 30 info, 40 warn, 50 error, 60 fatal' }),
    part: z.string().meta({ description: 'of the host' }),
    message: z.string(),
    details: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'LogLine' });

export const logLines = z
  .object({ lines: z.array(line).meta({ description: 'the oldest first' }) })
  .meta({ id: 'Log' });

export const logQuery = z.object({
  after: z.coerce.number().int().nonnegative().default(0).meta({
    description: 'lines up to this sequence number are left out',
  }),
  limit: z.coerce.number().int().min(1).max(4000).default(1000),
});

export type LogLineJson = z.output<typeof line>;
