import * as z from 'zod';

import { password } from './account-shapes.ts';

const fingerprint = z.string().regex(/^[0-9a-f]{64}$/);

const offeredHost = z
  .object({
    folder: z.string(),
    devices: z.array(z.object({ fingerprint: z.string(), name: z.string() })),
    identityTrouble: z
      .string()
      .optional()
      .meta({ description: 'why no device can be taken; absent: they can' }),
    apps: z.array(
      z.object({
        title: z.string(),
        hasCommands: z.boolean().meta({ description: 'it waits to be looked at before it starts' }),
      }),
    ),
    settings: z
      .array(z.object({ name: z.string(), value: z.string() }))
      .meta({ description: 'named with their option here, and not changed' }),
    left: z.array(z.string()).meta({ description: 'what cannot be taken, a sentence each' }),
  })
  .meta({ id: 'OtherHost' });

export const importOffer = z
  .object({
    running: z
      .string()
      .optional()
      .meta({ description: 'the other host, which has to end before anything is taken' }),
    hosts: z.array(offeredHost),
    paired: z
      .array(z.string())
      .meta({ description: 'devices that are paired here, and would have to pair again' }),
  })
  .meta({ id: 'ImportOffer' });

export const importWish = z
  .strictObject({
    folder: z.string().min(1).max(4096).meta({ description: 'of the offer' }),
    devices: z.array(fingerprint).max(1000).meta({ description: 'those that the owner confirmed' }),
    apps: z.boolean(),
    replace: z.boolean().meta({ description: 'although devices are paired here' }),
    password: password.optional(),
  })
  .meta({ id: 'ImportWish' });

export const importReport = z
  .object({
    apps: z.array(z.string()),
    devices: z.array(z.string()),
    left: z.array(z.string()).meta({ description: 'what was not taken and why, a sentence each' }),
    restart: z.enum(['none', 'itself', 'by-hand']).meta({
      description: 'devices find the host under its new identity once it has started anew',
    }),
  })
  .meta({ id: 'ImportReport' });

export type ImportOfferJson = z.output<typeof importOffer>;
export type ImportWish = z.input<typeof importWish>;
export type ImportReportJson = z.output<typeof importReport>;
