import type { Logger } from 'pino';

import type { EncoderProbe } from '../native/media-addon.ts';
import { MediaChild } from './media-child.ts';
import type { MediaCommand } from './media-child.ts';

export interface EncoderProbing {
  readonly log: Logger;
  readonly start: MediaCommand;
  /** the addon's build; a process of another one is refused */
  readonly build: string;
  /** milliseconds; 20 s by default: a driver takes a few, and the machine may be busy */
  readonly limit?: number;
}

const PROBE_LIMIT = 20_000;

/**
 * Opens each encoder once, in a media process of its own: a driver that crashes or hangs there costs the host
 * nothing, and what it leaves in memory goes with the process.
 *
 * @throws Error with a sentence
 */
export async function probeEncoders(probing: EncoderProbing): Promise<readonly EncoderProbe[]> {
  const { log, start, build, limit = PROBE_LIMIT } = probing;
  const child = new MediaChild(start, 'none', log);
  const { promise, resolve, reject } = Promise.withResolvers<readonly EncoderProbe[]>();
  const fail = (what: string): void => reject(new Error(`The test of the encoders ${what}.`));
  const timer = setTimeout(() => fail(`did not end within ${limit / 1000} s`), limit);
  child.listen({
    message: (message) => {
      if (message.type === 'probed') return resolve(message.encoders);
      if (message.type !== 'hello') return;
      if (message.build === build) child.send({ type: 'probe' });
      else fail('is of another build; restart the host, which was upgraded while it ran');
    },
    gone: fail,
  });
  try {
    const encoders = await promise;
    void child.close();
    return encoders;
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
