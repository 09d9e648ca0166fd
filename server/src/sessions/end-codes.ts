import type { EndReason } from './sessions.ts';

/** Ended by the host: no dialog when a frame was seen (protocol 2 §B.5). */
const ENDED_BY_HOST = 0x80030023;
/** The client says that encoding failed on the host. */
export const ENCODING_FAILED = 0x800e9403;

/** The termination code that a client gets; `undefined` for one that is gone already. */
export function terminationCode(reason: EndReason): number | undefined {
  switch (reason) {
    case 'client-left':
      return undefined;
    case 'fault':
      return ENCODING_FAILED;
    case 'client-quit':
    case 'app-ended':
    case 'owner':
    case 'revoked':
    case 'replaced':
    case 'host-stops':
      return ENDED_BY_HOST;
  }
}
