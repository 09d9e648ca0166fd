import * as z from 'zod';

import { SCOPES } from '../scopes.ts';
import { password } from './account-shapes.ts';
import { text } from './text.ts';

export const tokenId = z.string().regex(/^[0-9a-f]{16}$/);

const scopes = z.array(z.enum(SCOPES)).min(1).max(SCOPES.length);

export const token = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes,
    createdAt: z.int(),
    lastUsedAt: z.int().optional().meta({ description: 'absent: never' }),
  })
  .meta({ id: 'Token' });

export const tokens = z.object({ tokens: z.array(token) }).meta({ id: 'Tokens' });

export const newToken = z
  .strictObject({ name: text(64), scopes, password: password.optional() })
  .meta({ id: 'NewToken' });

export const madeToken = z
  .object({
    token,
    secret: z
      .string()
      .meta({ description: 'for `Authorization: Bearer`; it is never shown again' }),
  })
  .meta({ id: 'MadeToken' });

export type TokenJson = z.output<typeof token>;
export type NewToken = z.input<typeof newToken>;
export type MadeToken = z.output<typeof madeToken>;
