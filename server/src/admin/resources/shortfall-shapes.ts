import * as z from 'zod';

import { LINKS, SHORTFALL_CODES, WISHES } from '../../captures/shortfalls/sentences.ts';
import type { ShortfallCode } from '../../captures/shortfalls/sentences.ts';
import { identityShape } from '../../captures/recording.ts';

const shortfall = z
  .object({
    wish: z.enum(WISHES),
    link: z.enum(LINKS).meta({ description: 'the first in the chain that stands against it' }),
    code: z.enum(SHORTFALL_CODES as [ShortfallCode, ...ShortfallCode[]]),
    values: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .meta({ description: 'what the sentence is made with' }),
    sentence: z.string().meta({ description: 'in English' }),
    remedy: z.string().optional().meta({ description: 'what the owner can do' }),
  })
  .meta({ id: 'Shortfall', description: 'What a stream has not got, and why' });

export const shortfalls = z
  .object({
    stream: z
      .object({
        live: z.boolean().meta({ description: 'false: the last that was kept of this device' }),
        startedAt: z.number(),
        app: identityShape.shape.app,
        encoder: identityShape.shape.encoder,
        video: identityShape.shape.video.unwrap().pick({
          codec: true,
          chroma: true,
          bitDepth: true,
          width: true,
          height: true,
          framesPerSecond: true,
        }),
      })
      .optional()
      .meta({ description: 'which stream it is about; absent: this device has none yet' }),
    shortfalls: z.array(shortfall),
  })
  .meta({ id: 'Shortfalls' });

export type ShortfallsJson = z.output<typeof shortfalls>;
