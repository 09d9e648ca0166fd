import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * A browser that signed in keeps a signed name, so that its tries are counted apart from those of everybody else:
 * neighbours who guess shut out each other, and not the owner's browser. The name opens nothing by itself.
 *
 * The signing key is made of the stored password hash, whose salt nobody outside knows: a change of the password ends
 * every name.
 */
const FORM = /^([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{43})$/;

/** @returns what the browser keeps, `name.signature` in base64url */
export function nameBrowser(passwordHash: string): string {
  const name = randomBytes(16).toString('base64url');
  return `${name}.${sign(name, passwordHash).toString('base64url')}`;
}

/** @returns the browser's name; undefined when nobody with this password signed it */
export function browserOf(kept: string | undefined, passwordHash: string): string | undefined {
  const [, name, signature] = FORM.exec(kept ?? '') ?? [];
  if (name === undefined || signature === undefined) return undefined;
  const given = Buffer.from(signature, 'base64url');
  const right = sign(name, passwordHash);
  return given.length === right.length && timingSafeEqual(given, right) ? name : undefined;
}

function sign(name: string, passwordHash: string): Buffer {
  const key = createHash('sha256').update(`known browser\n${passwordHash}`).digest();
  return createHmac('sha256', key).update(name).digest();
}
