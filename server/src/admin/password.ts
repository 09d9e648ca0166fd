import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(argon2);

/** What one check costs: about 0.3 s and 64 MiB (toolchain 1). */
const COST = { memory: 65_536, passes: 3, parallelism: 1, tagLength: 32 };
/** Parameters in a stored hash beyond these are damage, not a choice. */
const MAX_MEMORY = 1_048_576;
const MAX_PASSES = 16;

const FORM =
  /^\$argon2id\$v=19\$m=(\d{1,8}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,64})\$([A-Za-z0-9+/]{40,88})$/;

/** @returns the usual text form, `$argon2id$v=19$m=65536,t=3,p=1$salt$hash` */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await argon2id(password, salt, COST);
  const { memory, passes, parallelism } = COST;
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;
}

/** @returns false for a wrong password, and for a hash of another form */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const match = FORM.exec(stored);
  if (!match) return false;
  const [memory, passes, parallelism] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (memory > MAX_MEMORY || memory < 8 * parallelism) return false;
  if (passes < 1 || passes > MAX_PASSES || parallelism < 1) return false;
  const expected = Buffer.from(match[5]!, 'base64');
  const hash = await argon2id(password, Buffer.from(match[4]!, 'base64'), {
    memory,
    passes,
    parallelism,
    tagLength: expected.length,
  });
  return timingSafeEqual(hash, expected);
}

function argon2id(password: string, nonce: Buffer, cost: typeof COST): Promise<Buffer> {
  // The same letters may be typed as other code points on another machine.
  const message = Buffer.from(password.normalize('NFKC'), 'utf8');
  return derive('argon2id', { message, nonce, ...cost });
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
