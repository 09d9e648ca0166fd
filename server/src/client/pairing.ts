import { createPrivateKey, randomBytes, randomInt, sign } from 'node:crypto';
import { readCertificate, type Certificate } from '../gamestream/pairing/certificate.ts';
import {
  BLOCK_LENGTH,
  decrypt,
  encrypt,
  HASH_LENGTH,
  isSameHash,
  isSignedBy,
  pairingKey,
  proofHash,
} from '../gamestream/pairing/proof.ts';
import type { ClientIdentity } from './client-identity.ts';
import type { HostRequests } from './host-requests.ts';
import type { XmlAnswer } from './xml-answer.ts';

export type PairingFault =
  /** the PIN typed at the host is another one */
  | 'wrong-pin'
  /** somebody sits between: the host's secret is not signed with the certificate it showed */
  | 'tampered'
  | 'declined'
  | 'busy';

export class PairingFailed extends Error {
  readonly fault: PairingFault;
  constructor(fault: PairingFault, message: string) {
    super(message);
    this.name = 'PairingFailed';
    this.fault = fault;
  }
}

export interface PairingOptions {
  readonly pin: string;
  readonly signal?: AbortSignal;
  /** like moonlight-embedded: the client's own check after phase 3 is left out, the host has to refuse phase 4 */
  readonly skipOwnCheck?: boolean;
  /** for tests with vectors */
  readonly random?: (purpose: 'salt' | 'challenge' | 'secret') => Buffer;
}

/** Constant in every stock client. */
const COMMON = { devicename: 'roth', updateState: 1 };
const QUICK = { timeout: 12_000 };

/**
 * The client's side of the five phases (protocol 1 §2.6).
 *
 * @returns the host's certificate, to be pinned
 * @throws PairingFailed, HostRefused
 */
export async function pair(
  requests: HostRequests,
  identity: ClientIdentity,
  options: PairingOptions,
): Promise<Certificate> {
  const random = options.random ?? (() => randomBytes(BLOCK_LENGTH));
  const salt = random('salt');
  // The host holds this answer back until its owner has typed the PIN.
  const first = await requests.http(
    'pair',
    {
      ...COMMON,
      phrase: 'getservercert',
      salt: salt.toString('hex'),
      clientcert: Buffer.from(identity.certificatePem).toString('hex'),
    },
    options.signal ? { signal: options.signal } : {},
  );
  if (first.text('paired') !== '1') throw new PairingFailed('declined', 'The host declined.');
  const plain = first.text('plaincert');
  if (!plain) throw new PairingFailed('busy', 'Another pairing attempt is in progress.');
  const host = readCertificate(Buffer.from(plain, 'hex').toString('utf8'));
  if (!host)
    throw new PairingFailed('tampered', 'The host sent something else than a certificate.');

  try {
    await prove(requests, identity, host, {
      ...options,
      random,
      key: pairingKey(salt, options.pin),
    });
  } catch (error) {
    // Qt, Android and iOS tell the host to forget a pairing that failed.
    await requests.http('unpair', {}, QUICK).catch(() => undefined);
    throw error;
  }
  requests.pin = host.der;
  await expectPaired(requests.https('pair', { ...COMMON, phrase: 'pairchallenge' }, QUICK), 5);
  return host;
}

async function prove(
  requests: HostRequests,
  identity: ClientIdentity,
  host: Certificate,
  options: Required<Pick<PairingOptions, 'random'>> & PairingOptions & { readonly key: Buffer },
): Promise<void> {
  const { key, random } = options;
  const challenge = random('challenge');
  const second = await expectPaired(
    requests.http(
      'pair',
      { ...COMMON, clientchallenge: encrypt(key, challenge).toString('hex') },
      QUICK,
    ),
    2,
  );
  const response = decrypt(key, hex(second, 'challengeresponse', HASH_LENGTH + BLOCK_LENGTH));
  const hostHash = response.subarray(0, HASH_LENGTH);
  const hostChallenge = response.subarray(HASH_LENGTH);

  const secret = random('secret');
  const clientHash = proofHash(hostChallenge, identity.certificate.signature, secret);
  const third = await expectPaired(
    requests.http(
      'pair',
      { ...COMMON, serverchallengeresp: encrypt(key, clientHash).toString('hex') },
      QUICK,
    ),
    3,
  );
  const pairingSecret = hex(third, 'pairingsecret');
  const hostSecret = pairingSecret.subarray(0, BLOCK_LENGTH);
  if (!isSignedBy(host.publicKey, hostSecret, pairingSecret.subarray(BLOCK_LENGTH))) {
    throw new PairingFailed('tampered', 'The host did not sign with the certificate it sent.');
  }
  const expected = proofHash(challenge, host.signature, hostSecret);
  if (!options.skipOwnCheck && !isSameHash(expected, hostHash)) {
    throw new PairingFailed('wrong-pin', 'PIN incorrect');
  }

  const signature = sign('sha256', secret, createPrivateKey(identity.privateKeyPem));
  await expectPaired(
    requests.http(
      'pair',
      { ...COMMON, clientpairingsecret: Buffer.concat([secret, signature]).toString('hex') },
      QUICK,
    ),
    4,
  );
}

async function expectPaired(answer: Promise<XmlAnswer>, phase: number): Promise<XmlAnswer> {
  const xml = await answer;
  if (xml.text('paired') !== '1') {
    throw new PairingFailed(
      phase === 4 ? 'wrong-pin' : 'declined',
      `Pairing failed (stage ${phase}).`,
    );
  }
  return xml;
}

function hex(answer: XmlAnswer, name: string, length?: number): Buffer {
  const text = answer.text(name) ?? '';
  const bytes = Buffer.from(text, 'hex');
  if (!/^([\da-f]{2})+$/i.test(text) || (length !== undefined && bytes.length !== length)) {
    throw new PairingFailed('tampered', `The host's ${name} is not what pairing needs.`);
  }
  return bytes;
}

/** Four random digits, as a client shows them. */
export function randomPin(): string {
  return String(randomInt(10_000)).padStart(4, '0');
}
