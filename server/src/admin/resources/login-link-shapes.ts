import * as z from 'zod';

const id = z.string().regex(/^[0-9a-f]{64}$/);

export const madeLink = z
  .object({
    id,
    token: z.string().meta({ description: 'stands behind `#login=` in the admin’s address' }),
    port: z.int().meta({ description: 'HTTPS port of the admin' }),
    setUp: z.boolean().meta({ description: 'false: there is no password yet' }),
  })
  .meta({ id: 'LoginLink' });

export const linkParams = z.object({ id });

export const linkState = z
  .object({ state: z.enum(['waiting', 'used', 'over']) })
  .meta({ id: 'LoginLinkState' });

export const usedLink = z.strictObject({ token: z.string().min(1).max(64) });

export const signedInByLink = z
  .object({
    secret: z.string().optional().meta({
      description: 'the first-run secret, while there is no password: nobody is signed in',
    }),
  })
  .meta({ id: 'SignedInByLink' });

export type MadeLinkJson = z.output<typeof madeLink>;
export type LinkStateJson = z.output<typeof linkState>;
export type UsedLink = z.input<typeof usedLink>;
export type SignedInByLink = z.output<typeof signedInByLink>;
