import type { Logger } from 'pino';

import type { EncoderProbe, EncoderVerification, VerifiedEncoder } from '../native/media-addon.ts';
import { MediaChild } from './media-child.ts';
import type { FromMedia, ToMedia } from './messages.ts';
import type { MediaCommand } from './media-child.ts';

export interface EncoderProbing {
  readonly log: Logger;
  readonly start: MediaCommand;
  /** the addon's build; a process of another one is refused */
  readonly build: string;
  /** the only GPU that is tried, as a render node */
  readonly gpu?: string;
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
export function probeEncoders(probing: EncoderProbing): Promise<readonly EncoderProbe[]> {
  const { gpu } = probing;
  return asked(
    { ...probing, what: 'The test of the encoders' },
    { type: 'probe', ...(gpu && { gpu }) },
    (message) => (message.type === 'probed' ? message.encoders : undefined),
  );
}

/**
 * Drives one encoder through all that a stream asks of it, in a media process of its own.
 *
 * @throws Error with a sentence
 */
export function verifyEncoder(
  probing: Omit<EncoderProbing, 'gpu'>,
  options: VerifiedEncoder,
): Promise<EncoderVerification> {
  return asked({ ...probing, what: 'The encoder' }, { type: 'verify', options }, (message) =>
    message.type === 'verified' ? message.seen : undefined,
  );
}

/** Sends a new media process one order, and waits for its answer. */
async function asked<Answer>(
  { log, start, build, limit = PROBE_LIMIT, what }: EncoderProbing & { readonly what: string },
  order: ToMedia,
  answerIn: (message: FromMedia) => Answer | undefined,
): Promise<Answer> {
  const child = new MediaChild(start, 'none', log);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const fail = (how: string): void => reject(new Error(`${what} ${how}.`));
  const timer = setTimeout(() => fail(`did not end within ${limit / 1000} s`), limit);
  child.listen({
    message: (message) => {
      const answer = answerIn(message);
      if (answer !== undefined) return resolve(answer);
      if (message.type !== 'hello') return;
      if (message.build === build) child.send(order);
      else fail('is of another build; restart the host, which was upgraded while it ran');
    },
    gone: fail,
  });
  try {
    const answer = await promise;
    void child.close();
    return answer;
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
