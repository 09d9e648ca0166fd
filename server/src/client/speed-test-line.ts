import * as z from 'zod';

import type { SpeedTestLine } from '../gamestream/speed-tests.ts';
import {
  SPEED_TEST_LONGEST,
  SPEED_TEST_MOST_KBPS,
  SPEED_TEST_STEPS,
} from '../native/speed-test-addon.ts';

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

const schema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('session'),
    id: z.string().regex(/^[0-9a-f]{16}$/),
    port: z.number().int().min(1).max(65535),
    pingPayload: z.string().regex(/^[\x21-\x7e]{16}$/),
    key: z.string().regex(/^[0-9a-f]{32}$/),
    kbps: z.number().int().min(1).max(SPEED_TEST_MOST_KBPS),
    seconds: z.number().int().min(1).max(SPEED_TEST_LONGEST),
  }),
  z.object({ kind: z.literal('sending') }),
  z.object({
    kind: z.literal('sent'),
    end: z.enum(['finished', 'stopped', 'silent', 'refused', 'failed']),
    method: z.enum(['gso', 'sendmmsg', 'send']),
    steps: z
      .array(
        z.object({
          kbps: count,
          firstSequence: count,
          packets: count,
          unsent: count,
          duration: z.number().min(0).max(60_000),
        }),
      )
      .max(SPEED_TEST_STEPS),
  }),
  z.object({ kind: z.literal('failed'), message: z.string().max(1000) }),
]);

/**
 * One line of what the host tells of a speed test.
 *
 * @returns undefined when it is no such line; a newer host may say more
 */
export function parseSpeedTestLine(text: string): SpeedTestLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return schema.safeParse(value).data;
}
