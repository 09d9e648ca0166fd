import {
  createCipheriv,
  createDecipheriv,
  createHash,
  timingSafeEqual,
  verify,
  type KeyObject,
} from 'node:crypto';

/**
 * The arithmetic of pairing (protocol 1 §2.6), host generation 7 and later: SHA-256, AES-128-ECB without
 * padding, RSASSA-PKCS1-v1_5 with SHA-256. Pure functions; whoever calls them checks the order of the phases.
 */

/** Salt, challenges and secrets. */
export const BLOCK_LENGTH = 16;
export const HASH_LENGTH = 32;

/**
 * @param salt 16 bytes
 * @param pin four ASCII digits, zeros in front kept
 * @returns the AES key that both sides derive from the PIN
 */
export function pairingKey(salt: Buffer, pin: string): Buffer {
  return createHash('sha256').update(salt).update(pin, 'ascii').digest().subarray(0, BLOCK_LENGTH);
}

/** @param plain a multiple of 16 bytes */
export function encrypt(key: Buffer, plain: Buffer): Buffer {
  const cipher = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.final()]);
}

/** @param sealed a multiple of 16 bytes */
export function decrypt(key: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-128-ecb', key, null).setAutoPadding(false);
  return Buffer.concat([decipher.update(sealed), decipher.final()]);
}

/**
 * What each side proves its knowledge with.
 *
 * @param challenge the other side's challenge
 * @param signature signatureValue of the prover's certificate
 * @param secret the prover's secret
 */
export function proofHash(challenge: Buffer, signature: Buffer, secret: Buffer): Buffer {
  return createHash('sha256').update(challenge).update(signature).update(secret).digest();
}

/** In constant time. */
export function isSameHash(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Whether `signature` over `secret` was made with the key of this certificate. */
export function isSignedBy(publicKey: KeyObject, secret: Buffer, signature: Buffer): boolean {
  try {
    return verify('sha256', secret, publicKey, signature);
  } catch {
    return false;
  }
}
