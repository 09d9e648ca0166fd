import * as z from 'zod';

import { device, deviceName, fingerprint } from './device-shapes.ts';
import { PROBLEMS } from './problems.ts';

const pairingRequest = z
  .object({
    id: z.string().meta({ description: '16 hex digits' }),
    address: z.string(),
    suggestedName: z.string(),
    fingerprint,
    words: z.string().meta({ description: 'four words that tell two requests apart' }),
    startedAt: z.int(),
    expiresAt: z.int(),
  })
  .meta({ id: 'PairingRequest' });

export const pairing = z
  .object({
    pairing: z.object({
      enabled: z.boolean().meta({ description: 'false: new devices are turned away' }),
      requests: z.array(pairingRequest),
    }),
  })
  .meta({ id: 'Pairing' });

export const pairingAnswer = z
  .strictObject({
    pin: z.string().regex(/^[0-9]{4}$/, PROBLEMS['four-digits']),
    request: z
      .string()
      .regex(/^[0-9a-f]{16}$/)
      .optional()
      .meta({ description: 'may be left out only while exactly one waits' }),
    name: deviceName.optional(),
  })
  .meta({ id: 'PairingAnswer' });

export const pairingOutcome = z
  .object({
    result: z.enum(['paired', 'wrong-pin', 'expired', 'refused']),
    device: device.optional().meta({ description: 'with `paired`' }),
  })
  .meta({ id: 'PairingOutcome' });

export const pairingSwitch = z.strictObject({ enabled: z.boolean() }).meta({ id: 'PairingSwitch' });

export type PairingJson = z.output<typeof pairing>['pairing'];
export type PairingAnswerInput = z.input<typeof pairingAnswer>;
export type PairingOutcome = z.output<typeof pairingOutcome>;
export type PairingSwitch = z.input<typeof pairingSwitch>;
