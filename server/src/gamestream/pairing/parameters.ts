import { readCertificate, type Certificate } from './certificate.ts';
import { BLOCK_LENGTH } from './proof.ts';

/** One GET /pair, understood (protocol 1 §2.6). */
export type PairStep =
  | { readonly phase: 'certificate'; readonly salt: Buffer; readonly client: Certificate }
  | { readonly phase: 'challenge'; readonly data: Buffer }
  | { readonly phase: 'response'; readonly data: Buffer }
  | { readonly phase: 'secret'; readonly data: Buffer };

/** Bytes that the values may have at most; all stock clients stay far below. */
const MAX_BYTES = { salt: 64, certificate: 8000, challenge: 64, response: 64, secret: 1024 };

const LATER_PHASES = [
  ['clientchallenge', 'challenge'],
  ['serverchallengeresp', 'response'],
  ['clientpairingsecret', 'secret'],
] as const;

/**
 * The client's (shared) unique id.
 *
 * @returns undefined when it is missing or no id
 */
export function readUniqueId(query: ReadonlyMap<string, string>): string | undefined {
  const id = query.get('uniqueid');
  return id !== undefined && /^[0-9A-Za-z_-]{1,64}$/.test(id) ? id : undefined;
}

/**
 * What a query of /pair on plain HTTP asks for.
 *
 * @returns undefined when it is malformed, or no phase of plain HTTP
 */
export function readPairStep(query: ReadonlyMap<string, string>): PairStep | undefined {
  const present = LATER_PHASES.filter(([name]) => query.has(name));
  const phrase = query.get('phrase');
  if (phrase !== undefined) {
    if (phrase !== 'getservercert' || present.length > 0) return undefined;
    const salt = readHex(query.get('salt'), MAX_BYTES.salt);
    const pem = readHex(query.get('clientcert'), MAX_BYTES.certificate);
    const client = pem && readCertificate(pem.toString('latin1'));
    if (!salt || salt.length < BLOCK_LENGTH || !client) return undefined;
    // Some clients send more than they use.
    return { phase: 'certificate', salt: salt.subarray(0, BLOCK_LENGTH), client };
  }
  const [only] = present;
  if (!only || present.length !== 1) return undefined;
  const [name, phase] = only;
  const data = readHex(query.get(name), MAX_BYTES[phase]);
  return data && { phase, data };
}

/** Hex of either case. */
function readHex(text: string | undefined, maxBytes: number): Buffer | undefined {
  if (!text || text.length % 2 !== 0 || text.length > 2 * maxBytes) return undefined;
  return /^[0-9a-fA-F]+$/.test(text) ? Buffer.from(text, 'hex') : undefined;
}
