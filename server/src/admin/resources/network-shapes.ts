import * as z from 'zod';

import { fingerprint } from './device-shapes.ts';

const kbps = z.int().meta({ description: 'kbit/s, for everything on the wire' });

/** What recordings say of the networks of devices. */
export const networkAdvice = z
  .object({
    devices: z.array(
      z.object({
        fingerprint,
        name: z.string(),
        streams: z.int().meta({ description: 'of the last ones, that were looked at' }),
        lossPercentage: z.number().optional().meta({ description: 'mean over their time' }),
        roundTripMs: z.number().optional().meta({ description: 'the median of their medians' }),
        askedKbps: kbps.optional().meta({ description: 'what its user set, last' }),
        limitKbps: kbps.optional().meta({ description: 'what it may take now' }),
        proposedKbps: kbps
          .optional()
          .meta({ description: 'what its network would carry; absent: nothing needs to change' }),
      }),
    ),
  })
  .meta({ id: 'NetworkAdvice', description: 'docs/2-use/network.md says how it is found' });

export const begunTest = z
  .object({
    ticket: z.string().meta({
      description: 'for `wss://…/api/v1/network/test/socket?ticket=…&role=load` and `role=delay`',
    }),
    milliseconds: z.int().meta({ description: 'that the test takes' }),
  })
  .meta({ id: 'BegunNetworkTest' });

export type NetworkAdviceJson = z.output<typeof networkAdvice>;
export type BegunTestJson = z.output<typeof begunTest>;
