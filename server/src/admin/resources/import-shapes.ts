import * as z from 'zod';

import { LEFT_BEHIND_CODES } from '../../import/sunshine/left-behind.ts';
import { password } from './account-shapes.ts';

const fingerprint = z.string().regex(/^[0-9a-f]{64}$/);

const leftBehind = z
  .object({
    code: z.enum(LEFT_BEHIND_CODES),
    values: z.record(z.string(), z.union([z.string(), z.number()])).readonly(),
    says: z.string().meta({ description: 'in English' }),
  })
  .meta({ id: 'LeftBehind' });

const offeredHost = z
  .object({
    folder: z.string(),
    devices: z.array(z.object({ fingerprint: z.string(), name: z.string() })),
    identityTrouble: leftBehind
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
    left: z.array(leftBehind).readonly().meta({ description: 'what cannot be taken, and why' }),
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
    left: z.array(leftBehind).readonly().meta({ description: 'what was not taken, and why' }),
    restart: z.enum(['none', 'itself', 'by-hand']).meta({
      description: 'devices find the host under its new identity once it has started anew',
    }),
  })
  .meta({ id: 'ImportReport' });

export type LeftBehindJson = z.output<typeof leftBehind>;
export type ImportOfferJson = z.output<typeof importOffer>;
export type ImportWish = z.input<typeof importWish>;
export type ImportReportJson = z.output<typeof importReport>;
