import * as z from 'zod';

import { isCommonPassword, strengthOf } from '../weak-passwords.ts';
import { PROBLEMS } from './problems.ts';

/** A password as somebody types it; its length is bounded so that hashing it is. */
export const password = z.string().min(1).max(256);

export const newPassword = z
  .string()
  .min(8)
  .max(256)
  .refine((password) => !isCommonPassword(password), {
    message: PROBLEMS['common-password'],
    abort: true,
  })
  .refine((password) => strengthOf(password) !== 'weak', { message: PROBLEMS['weak-password'] })
  .meta({ description: '8 to 256 characters, none of the first that a guesser tries' });

export const signIn = z
  .object({
    setUp: z.boolean().meta({ description: 'false: the first-run secret has to set a password' }),
    signedIn: z.boolean(),
    name: z.string().meta({ description: 'the host’s name' }),
    provedUntil: z.int().optional().meta({
      description: 'until then changes of apps do not ask for the password again',
    }),
  })
  .meta({ id: 'SignIn' });

export const signInParams = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/) });

export const account = z
  .object({
    signIns: z.array(
      z.object({
        id: z.string(),
        createdAt: z.int(),
        lastUsedAt: z.int(),
        address: z.string().meta({ description: 'from where it signed in' }),
        userAgent: z.string().meta({ description: 'what the browser says it is' }),
        current: z.boolean().meta({ description: 'the one that asks' }),
      }),
    ),
  })
  .meta({ id: 'Account' });

export const setup = z
  .strictObject({ secret: z.string().min(1).max(64), password: newPassword })
  .meta({ id: 'Setup' });

export const login = z.strictObject({ password }).meta({ id: 'Login' });

export const passwordChange = z
  .strictObject({ password: password.optional(), newPassword })
  .meta({ id: 'PasswordChange' });

export const ownerPassword = z.strictObject({ newPassword }).meta({ id: 'OwnerPassword' });

export type AccountJson = z.output<typeof account>;
export type SignIn = z.output<typeof signIn>;
export type Setup = z.input<typeof setup>;
export type Login = z.input<typeof login>;
export type PasswordChange = z.input<typeof passwordChange>;
export type OwnerPassword = z.input<typeof ownerPassword>;
