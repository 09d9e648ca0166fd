import * as z from 'zod';

const finding = z
  .object({
    id: z.string().meta({ description: 'the condition: encoder, ports, firewall' }),
    state: z.enum(['good', 'note', 'bad']).meta({
      description: 'bad keeps streams away or makes them bad, note may',
    }),
    code: z.string().meta({ description: 'what was found, in a word' }),
    parameters: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    reason: z.string(),
    remedy: z.string().optional().meta({ description: 'commands begin with "$ "' }),
  })
  .meta({ id: 'Finding' });

export const doctor = z
  .object({
    findings: z.array(finding).meta({ description: 'the worst first' }),
    lookedAt: z.int(),
  })
  .meta({ id: 'Doctor' });

export type DoctorJson = z.output<typeof doctor>;
