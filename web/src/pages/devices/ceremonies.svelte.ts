import { api, ApiError } from '../../api/client.ts';
import type { PairingRequest, State } from '../../api/contract.ts';
import { clock } from '../../parts/clock.svelte.ts';

/** How far a pairing is: the first two are at work, the rest are how it ended. */
export type Phase =
  'waiting' | 'checking' | 'paired' | 'wrong-pin' | 'expired' | 'refused' | 'over';

export interface Ceremony {
  readonly request: PairingRequest;
  readonly phase: Phase;
  /** what the device is called from now on, once it is paired */
  readonly name?: string;
}

/** A request that is gone this close to its end has expired. */
const NEAR_END_MS = 2000;

export const isOpen = ({ phase }: Ceremony) => phase === 'waiting' || phase === 'checking';

/**
 * The devices that want to pair, as the pages show them. The host forgets a request when its PIN is typed or its time
 * is over; here it stays, so that the person reads how it ended.
 */
class Ceremonies {
  list = $state.raw<readonly Ceremony[]>([]);

  /** Takes in what the host says waits now. */
  follow({ pairing, devices }: State): void {
    const known = this.list.map((one) => {
      if (one.phase !== 'waiting' || pairing.requests.some(({ id }) => id === one.request.id)) {
        return one;
      }
      const { fingerprint, startedAt, expiresAt } = one.request;
      const paired = devices.find(
        (device) => device.fingerprint === fingerprint && device.pairedAt >= startedAt,
      );
      if (paired) return { ...one, phase: 'paired', name: paired.name } as const;
      const expired = clock.now >= expiresAt - NEAR_END_MS;
      return { ...one, phase: expired ? 'expired' : 'over' } as const;
    });
    const added = pairing.requests.filter(
      ({ id }) => !this.list.some((one) => one.request.id === id),
    );
    // A device that tries again need not be told how its last try ended.
    const kept = known.filter(
      (one) => isOpen(one) || !added.some(({ address }) => address === one.request.address),
    );
    this.list = [...kept, ...added.map((request) => ({ request, phase: 'waiting' as const }))];
  }

  /** @throws ApiError the host could not be asked; the request waits on */
  async answer({ id }: PairingRequest, pin: string, name: string): Promise<void> {
    this.#set(id, 'checking');
    try {
      const { result, device } = await api.answerPairing(id, pin, name);
      this.#set(id, result, device?.name);
    } catch (error) {
      const gone = error instanceof ApiError && ['not-found', 'nothing-waits'].includes(error.code);
      this.#set(id, gone ? 'over' : 'waiting');
      if (!gone) throw error;
    }
  }

  /** @throws ApiError */
  async refuse({ id }: PairingRequest): Promise<void> {
    await api.refusePairing(id);
    this.dismiss(id);
  }

  /** The person has read how it ended. */
  dismiss(id: string): void {
    this.list = this.list.filter((one) => one.request.id !== id);
  }

  clear(): void {
    this.list = [];
  }

  #set(id: string, phase: Phase, name?: string): void {
    this.list = this.list.map((one) =>
      one.request.id === id ? { ...one, phase, ...(name === undefined ? {} : { name }) } : one,
    );
  }
}

export const ceremonies = new Ceremonies();
