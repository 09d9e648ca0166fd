import * as z from 'zod';

import { minuteOf } from '../../devices/limits.ts';
import { PROBLEMS } from './problems.ts';

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, PROBLEMS['time-of-day']);

const scheduleWindow = z
  .strictObject({
    days: z
      .array(z.int().min(0).max(6))
      .min(1)
      .max(7)
      .meta({ description: '0 Sunday … 6 Saturday' }),
    from: time,
    to: time.meta({ description: 'later than `from`; 24:00 is the end of the day' }),
  })
  .refine(({ from, to }) => minuteOf(from) < minuteOf(to), {
    message: PROBLEMS['window-order'],
    path: ['to'],
  });

const displayMode = z.strictObject({
  width: z.int().min(320).max(8192),
  height: z.int().min(240).max(8192),
  framesPerSecond: z.int().min(10).max(500).optional(),
});

export const limits = z
  .strictObject({
    expiresAt: z.int().optional().meta({ description: 'a guest’s end' }),
    untilQuit: z.boolean().optional().meta({ description: 'a guest until it quits' }),
    schedule: z
      .array(scheduleWindow)
      .max(32)
      .optional()
      .meta({ description: 'when it may stream, by the clock of the host; absent: always' }),
    bitrateKbps: z
      .int()
      .min(500)
      .max(2_000_000)
      .optional()
      .meta({ description: 'for everything on the wire' }),
    codec: z
      .enum(['h264', 'hevc', 'av1'])
      .optional()
      .meta({ description: 'the best that it is offered; H.264 always is' }),
    mode: displayMode.optional().meta({
      description:
        'of displays that are made for it, in place of what it asks for; its stream keeps its size',
    }),
  })
  .meta({ id: 'DeviceLimits' });

export type LimitsJson = z.output<typeof limits>;
