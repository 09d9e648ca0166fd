import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import { ToldAtIntervals } from '../telemetry/told-at-intervals.ts';
import { shareOf } from '../network/address.ts';
import { cleanDeviceName } from './device-registry.ts';
import type {
  Device,
  Devices,
  Fingerprint,
  PairingAnswer,
  PairingDesk,
  PairingRequest,
} from './devices.ts';
import { fingerprintWords } from './words.ts';

/** security.md 2: at most so many wait at once, */
const MAX_WAITING = 4;
/** each for so long, */
const WAIT_MS = 120_000;
/** and after the PIN was typed the device has so long to prove that it knows it. */
const PROOF_MS = 30_000;

/** Who asks: a device is told apart by its certificate, its (shared) unique id and its address together. */
export interface PairingApplicant {
  readonly fingerprint: Fingerprint;
  readonly certificatePem: string;
  readonly uniqueId: string;
  /** normalized */
  readonly address: string;
}

/** Why a request is not (or no longer) waiting; the sentence goes to the device's screen. */
export class PairingRefused extends Error {
  readonly reason:
    'off' | 'full' | 'address-busy' | 'disabled' | 'refused' | 'expired' | 'replaced';
  constructor(reason: PairingRefused['reason']) {
    super(REASONS[reason]);
    this.name = 'PairingRefused';
    this.reason = reason;
  }
}

const REASONS: Record<PairingRefused['reason'], string> = {
  off: 'Pairing is switched off on this host.',
  full: 'Too many devices are waiting to pair. Try again in two minutes.',
  'address-busy': 'Another device at this address is pairing. Try again in two minutes.',
  disabled: 'This device is disabled on the host. Enable it there, or remove it and pair again.',
  refused: 'The host refused the pairing.',
  expired: 'The PIN was not entered on the host in time. Try again.',
  replaced: 'A newer pairing attempt of this device took over.',
};

/** How a ceremony of GameStream's side went. */
export type PairingOutcome = 'proved' | 'wrong-pin' | 'broken';

/** One request, as GameStream's side holds it. */
export interface ParkedPairing {
  readonly id: string;
  /** The PIN that the owner typed for this request. Rejects with PairingRefused when none will come. */
  readonly pin: Promise<string>;
  /** Aborted when the request ended for a reason of the desk's: expired, refused, replaced, no proof in time. */
  readonly ended: AbortSignal;
  /** The device went away before the PIN. No effect later. */
  withdraw(): void;
  /**
   * The last word of the ceremony. `'proved'` stores the device durably before it resolves; it rejects with
   * PairingRefused when the request has ended meanwhile.
   */
  conclude(outcome: PairingOutcome): Promise<void>;
}

interface Entry {
  readonly applicant: PairingApplicant;
  readonly request: PairingRequest;
  readonly pin: PromiseWithResolvers<string>;
  readonly ended: AbortController;
  timer: NodeJS.Timeout;
  /** set once the PIN was typed */
  proof?: { readonly name: string; readonly answer: PromiseWithResolvers<PairingAnswer> };
}

/** Where requests to pair wait for their PIN. GameStream parks them, the admin and `ctl` answer them. */
export class PairingRequests extends EventEmitter<{ changed: [] }> implements PairingDesk {
  readonly #devices: Devices;
  readonly #log: Logger;
  readonly #entries = new Map<string, Entry>();
  /** strangers may ask as often as they like */
  readonly #waits = new ToldAtIntervals((more) =>
    this.#log.info({ code: 'pairing-waits', more }, `${more} more requests to pair in 10 s.`),
  );
  #enabled = true;
  #closed = false;

  constructor(deps: { readonly devices: Devices; readonly log: Logger }) {
    super();
    this.#devices = deps.devices;
    this.#log = deps.log;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** Switching off also refuses whoever waits. */
  set enabled(enabled: boolean) {
    if (enabled === this.#enabled) return;
    this.#enabled = enabled;
    if (!enabled) this.#refuseAll();
    this.emit('changed');
  }

  waiting(): readonly PairingRequest[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.proof === undefined)
      .map((entry) => entry.request);
  }

  /**
   * A new request. An unfinished one of the same applicant ends at once.
   *
   * @throws PairingRefused
   */
  park(applicant: PairingApplicant): ParkedPairing {
    if (!this.#enabled || this.#closed) throw new PairingRefused('off');
    if (this.#devices.find(applicant.fingerprint)?.enabled === false) {
      throw new PairingRefused('disabled');
    }
    const sameShare = [...this.#entries.values()].find(
      (entry) => shareOf(entry.applicant.address) === shareOf(applicant.address),
    );
    if (sameShare) {
      if (!isSameApplicant(sameShare.applicant, applicant)) {
        throw new PairingRefused('address-busy');
      }
      this.#end(sameShare, 'replaced');
    }
    if (this.#entries.size >= MAX_WAITING) throw new PairingRefused('full');

    const now = Date.now();
    const request: PairingRequest = {
      id: randomBytes(8).toString('hex'),
      address: applicant.address,
      suggestedName:
        this.#devices.find(applicant.fingerprint)?.name ?? `Device at ${applicant.address}`,
      fingerprint: applicant.fingerprint,
      words: fingerprintWords(applicant.fingerprint),
      startedAt: now,
      expiresAt: now + WAIT_MS,
    };
    const entry: Entry = {
      applicant,
      request,
      pin: Promise.withResolvers<string>(),
      ended: new AbortController(),
      timer: setTimeout(() => this.#end(entry, 'expired'), WAIT_MS).unref(),
    };
    // Whoever parked may have gone away and listens no more.
    entry.pin.promise.catch(() => undefined);
    this.#entries.set(request.id, entry);
    this.#waits.tell(() =>
      this.#log.info(
        { code: 'pairing-waits', id: request.id, address: request.address, words: request.words },
        `A device at ${request.address} wants to pair and waits for its PIN.`,
      ),
    );
    this.emit('changed');
    return {
      id: request.id,
      pin: entry.pin.promise,
      ended: entry.ended.signal,
      withdraw: () => {
        if (this.#isOpen(entry) && !entry.proof) this.#end(entry, 'refused');
      },
      conclude: (outcome) => this.#conclude(entry, outcome),
    };
  }

  async answer(id: string, pin: string, name?: string): Promise<PairingAnswer> {
    const entry = this.#entries.get(id);
    if (!entry || entry.proof) throw new RangeError('No device waits under this id any more.');
    if (!/^[0-9]{4}$/.test(pin)) throw new RangeError('A PIN has four digits.');
    const answer = Promise.withResolvers<PairingAnswer>();
    // Rejects only when the store fails, and then somebody may have stopped waiting.
    answer.promise.catch(() => undefined);
    entry.proof = { name: cleanDeviceName(name ?? '') || entry.request.suggestedName, answer };
    clearTimeout(entry.timer);
    entry.timer = setTimeout(() => this.#end(entry, 'expired'), PROOF_MS).unref();
    entry.pin.resolve(pin);
    this.emit('changed');
    return answer.promise;
  }

  refuse(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) throw new RangeError('No device waits under this id any more.');
    this.#end(entry, 'refused');
  }

  /** Ends whatever waits. */
  close(): void {
    // `enabled` is the owner's choice and stays as it is: whoever stores it would store this.
    this.#closed = true;
    this.#refuseAll();
  }

  #refuseAll(): void {
    for (const entry of [...this.#entries.values()]) this.#end(entry, 'refused');
  }

  async #conclude(entry: Entry, outcome: PairingOutcome): Promise<void> {
    const { proof } = entry;
    if (!this.#isOpen(entry) || !proof) {
      if (outcome === 'proved') throw new PairingRefused('refused');
      if (this.#isOpen(entry)) this.#end(entry, 'refused');
      return;
    }
    this.#forget(entry);
    const { fingerprint, certificatePem, address } = entry.applicant;
    if (outcome !== 'proved') {
      this.#log.warn({ code: 'pairing-failed', address, outcome }, 'A pairing failed.');
      proof.answer.resolve({ result: outcome === 'wrong-pin' ? 'wrong-pin' : 'refused' });
      return;
    }
    let device: Device;
    try {
      device = await this.#devices.add({ fingerprint, name: proof.name, certificatePem });
    } catch (error) {
      proof.answer.reject(error);
      throw error;
    }
    this.#log.info({ code: 'paired', address, fingerprint }, `${device.name} is paired.`);
    proof.answer.resolve({ result: 'paired', device });
  }

  #end(entry: Entry, reason: 'expired' | 'refused' | 'replaced'): void {
    if (!this.#isOpen(entry)) return;
    this.#forget(entry);
    entry.pin.reject(new PairingRefused(reason));
    entry.proof?.answer.resolve({ result: reason === 'expired' ? 'expired' : 'refused' });
    entry.ended.abort();
  }

  #isOpen(entry: Entry): boolean {
    return this.#entries.get(entry.request.id) === entry;
  }

  #forget(entry: Entry): void {
    clearTimeout(entry.timer);
    this.#entries.delete(entry.request.id);
    this.emit('changed');
  }
}

function isSameApplicant(a: PairingApplicant, b: PairingApplicant): boolean {
  return a.fingerprint === b.fingerprint && a.uniqueId === b.uniqueId && a.address === b.address;
}
