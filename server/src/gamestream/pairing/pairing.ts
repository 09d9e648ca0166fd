import type { Logger } from 'pino';
import {
  PairingRefused,
  type ParkedPairing,
  type PairingOutcome,
  type PairingRequests,
} from '../../devices/pairing-requests.ts';
import type { Counters } from '../../telemetry/counters.ts';
import type { HostIdentity } from '../identity.ts';
import { Ceremony, CeremonyBroken } from './ceremony.ts';
import { readPairStep, readUniqueId, type PairStep } from './parameters.ts';

/** What goes into the XML of the answer. */
export interface PairAnswer {
  readonly status: 200 | 400 | 403 | 503;
  readonly message?: string;
  readonly elements: readonly (readonly [name: string, value: string])[];
}

const PAIRED = ['paired', '1'] as const;
const NOT_PAIRED = ['paired', '0'] as const;

interface Attempt {
  readonly parked: ParkedPairing;
  /** there is none before the PIN */
  ceremony?: Ceremony;
}

/**
 * Phases 1 to 4 of pairing, over plain HTTP. An attempt is found by unique id and address, for later phases
 * carry nothing else; that one address has one attempt is the rule of PairingRequests.
 */
export class Pairing {
  readonly #identity: HostIdentity;
  readonly #requests: PairingRequests;
  readonly #counters: Counters;
  readonly #log: Logger;
  readonly #attempts = new Map<string, Attempt>();

  constructor(deps: {
    readonly identity: HostIdentity;
    readonly desk: PairingRequests;
    readonly counters: Counters;
    readonly log: Logger;
  }) {
    this.#identity = deps.identity;
    this.#requests = deps.desk;
    this.#counters = deps.counters;
    this.#log = deps.log;
  }

  /** Attempts that are not over, for tests and the log. */
  get attempts(): number {
    return this.#attempts.size;
  }

  /**
   * GET /pair. Phase 1 is answered when the owner typed the PIN.
   *
   * @param address of the client, normalized
   * @param gone aborted when the client's connection closes
   */
  async answer(
    query: ReadonlyMap<string, string>,
    address: string,
    gone: AbortSignal,
  ): Promise<PairAnswer> {
    const uniqueId = readUniqueId(query);
    if (uniqueId === undefined) return this.#malformed();
    const key = `${address} ${uniqueId}`;
    const step = readPairStep(query);
    if (!step) {
      // Whatever it was, it was not the next phase.
      if (query.get('phrase') !== 'getservercert') await this.#over(key, 'broken');
      return this.#malformed();
    }
    try {
      return step.phase === 'certificate'
        ? await this.#begin(key, step, uniqueId, address, gone)
        : await this.#proceed(key, step);
    } catch (error) {
      if (error instanceof PairingRefused) {
        this.#counters.add(`pairing-${error.reason}`);
        const policy = error.reason === 'off' || error.reason === 'disabled';
        return { status: policy ? 403 : 400, message: error.message, elements: [NOT_PAIRED] };
      }
      if (error instanceof CeremonyBroken) {
        this.#counters.add('pairing-broken');
        await this.#over(key, 'broken');
        return { status: 400, message: error.message, elements: [NOT_PAIRED] };
      }
      this.#log.error({ err: error, code: 'pairing-fault' }, 'A pairing could not be finished.');
      await this.#over(key, 'broken');
      return {
        status: 503,
        message: 'The host could not store the pairing. Its log says why.',
        elements: [NOT_PAIRED],
      };
    }
  }

  /**
   * GET /unpair: a client that gave up, mostly because the PIN was wrong. It ends an attempt that has its PIN
   * and nothing else: one that waits for its PIN is alive as long as its connection, and a paired device
   * cannot be removed this way (protocol 1 §2.7).
   *
   * @returns whether there was one
   */
  async abandon(query: ReadonlyMap<string, string>, address: string): Promise<boolean> {
    const uniqueId = readUniqueId(query);
    if (uniqueId === undefined) return false;
    const key = `${address} ${uniqueId}`;
    const phase = this.#attempts.get(key)?.ceremony?.phase;
    if (phase === undefined) return false;
    // Giving up with the host's proof in hand means that the client saw another hash than it expected.
    await this.#over(key, phase === 'secret' ? 'wrong-pin' : 'broken');
    return true;
  }

  async #begin(
    key: string,
    step: PairStep & { phase: 'certificate' },
    uniqueId: string,
    address: string,
    gone: AbortSignal,
  ): Promise<PairAnswer> {
    const { fingerprint, pem } = step.client;
    const parked = this.#requests.park({ fingerprint, certificatePem: pem, uniqueId, address });
    const attempt: Attempt = { parked };
    this.#attempts.set(key, attempt);
    parked.ended.addEventListener('abort', () => this.#forget(key, attempt), { once: true });
    const withdraw = (): void => parked.withdraw();
    gone.addEventListener('abort', withdraw, { once: true });
    try {
      if (gone.aborted) parked.withdraw();
      const pin = await parked.pin;
      attempt.ceremony = new Ceremony({
        salt: step.salt,
        pin,
        client: step.client,
        host: {
          signature: this.#identity.certificate.signature,
          privateKey: this.#identity.privateKey,
        },
      });
      return {
        status: 200,
        elements: [
          PAIRED,
          ['plaincert', Buffer.from(this.#identity.certificate.pem, 'utf8').toString('hex')],
        ],
      };
    } catch (error) {
      this.#forget(key, attempt);
      throw error;
    } finally {
      gone.removeEventListener('abort', withdraw);
    }
  }

  async #proceed(
    key: string,
    step: Exclude<PairStep, { phase: 'certificate' }>,
  ): Promise<PairAnswer> {
    const ceremony = this.#attempts.get(key)?.ceremony;
    if (!ceremony) throw new CeremonyBroken('Pairing out of order.');
    switch (step.phase) {
      case 'challenge': {
        const answer = ceremony.challenge(step.data).toString('hex');
        return { status: 200, elements: [PAIRED, ['challengeresponse', answer]] };
      }
      case 'response': {
        const answer = ceremony.response(step.data).toString('hex');
        return { status: 200, elements: [['pairingsecret', answer], PAIRED] };
      }
      case 'secret': {
        const proved = ceremony.secret(step.data);
        await this.#over(key, proved ? 'proved' : 'wrong-pin');
        return { status: 200, elements: [proved ? PAIRED : NOT_PAIRED] };
      }
    }
  }

  #malformed(): PairAnswer {
    this.#counters.add('pairing-malformed');
    return { status: 400, message: 'The pairing request is malformed.', elements: [NOT_PAIRED] };
  }

  async #over(key: string, outcome: PairingOutcome): Promise<void> {
    const attempt = this.#attempts.get(key);
    if (!attempt) return;
    this.#attempts.delete(key);
    await attempt.parked.conclude(outcome);
  }

  #forget(key: string, attempt: Attempt): void {
    if (this.#attempts.get(key) === attempt) this.#attempts.delete(key);
  }
}
