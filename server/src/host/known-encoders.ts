import type { EncodersOptions } from '../media/encoders.ts';
import { Encoders } from '../media/encoders.ts';

/**
 * What the encoders can do. Only the very first start waits for a test, and goes on without one that failed: each
 * launch tries again.
 *
 * @throws Error with a sentence when all that there is was tested, and nothing works
 */
export async function knownEncoders(options: EncodersOptions): Promise<Encoders> {
  const encoders = await Encoders.open(options);
  await encoders.known().catch(() => {});
  const { found } = encoders;
  if (found.length > 0 && found.every(({ fault }) => fault !== undefined)) {
    throw new Error('No video encoder works on this machine, so nothing can be streamed.');
  }
  return encoders;
}
