import { randomBytes, sign, type KeyObject } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import {
  BLOCK_LENGTH,
  decrypt,
  encrypt,
  HASH_LENGTH,
  isSameHash,
  isSignedBy,
  pairingKey,
  proofHash,
} from './proof.ts';

/** The host's half of the proof. */
export interface HostProof {
  /** signatureValue of the host's certificate */
  readonly signature: Buffer;
  readonly privateKey: KeyObject;
}

/** The phase that may come next. `over`: none. */
export type Phase = 'challenge' | 'response' | 'secret' | 'over';

/** A phase out of order, or of the wrong size. The ceremony is over. */
export class CeremonyBroken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CeremonyBroken';
  }
}

/**
 * Phases 2 to 4 of one pairing, each once and in order. Anything else ends it for good: the answer to phase 3
 * discloses the host's secret, after which the PIN can be searched for offline (protocol 1 §2.6).
 */
export class Ceremony {
  readonly #key: Buffer;
  readonly #client: Certificate;
  readonly #host: HostProof;
  readonly #secret: Buffer;
  readonly #challenge: Buffer;
  #clientHash: Buffer | undefined;
  #phase: Phase = 'challenge';

  /** @param random for tests with vectors; 16 fresh bytes at each call */
  constructor(options: {
    readonly salt: Buffer;
    readonly pin: string;
    readonly client: Certificate;
    readonly host: HostProof;
    readonly random?: (purpose: 'secret' | 'challenge') => Buffer;
  }) {
    const random = options.random ?? (() => randomBytes(BLOCK_LENGTH));
    this.#key = pairingKey(options.salt, options.pin);
    this.#client = options.client;
    this.#host = options.host;
    this.#secret = random('secret');
    this.#challenge = random('challenge');
  }

  get phase(): Phase {
    return this.#phase;
  }

  /**
   * Phase 2.
   *
   * @param clientChallenge 16 bytes, sealed
   * @returns 48 bytes for `challengeresponse`
   */
  challenge(clientChallenge: Buffer): Buffer {
    this.#enter('challenge', clientChallenge.length === BLOCK_LENGTH);
    const challenge = decrypt(this.#key, clientChallenge);
    const hash = proofHash(challenge, this.#host.signature, this.#secret);
    this.#phase = 'response';
    return encrypt(this.#key, Buffer.concat([hash, this.#challenge]));
  }

  /**
   * Phase 3.
   *
   * @param serverChallengeResponse 32 bytes, sealed
   * @returns 16 + 256 bytes for `pairingsecret`
   */
  response(serverChallengeResponse: Buffer): Buffer {
    this.#enter('response', serverChallengeResponse.length === HASH_LENGTH);
    this.#clientHash = decrypt(this.#key, serverChallengeResponse);
    const signature = sign('sha256', this.#secret, this.#host.privateKey);
    this.#phase = 'secret';
    return Buffer.concat([this.#secret, signature]);
  }

  /**
   * Phase 4, the last.
   *
   * @param clientPairingSecret the client's secret (16 bytes) and its signature over it
   * @returns whether the client knew the PIN and holds the key of the certificate of phase 1
   */
  secret(clientPairingSecret: Buffer): boolean {
    this.#enter('secret', clientPairingSecret.length > BLOCK_LENGTH);
    this.#phase = 'over';
    const secret = clientPairingSecret.subarray(0, BLOCK_LENGTH);
    const signature = clientPairingSecret.subarray(BLOCK_LENGTH);
    const expected = proofHash(this.#challenge, this.#client.signature, secret);
    // Both are always computed, so that the time says nothing about which one failed.
    const knowsPin = isSameHash(expected, this.#clientHash!);
    const holdsKey = isSignedBy(this.#client.publicKey, secret, signature);
    return knowsPin && holdsKey;
  }

  #enter(phase: Phase, fits: boolean): void {
    const expected = this.#phase;
    if (expected === phase && fits) return;
    this.#phase = 'over';
    throw new CeremonyBroken(
      expected === phase ? 'A pairing message has the wrong length.' : 'Pairing out of order.',
    );
  }
}
