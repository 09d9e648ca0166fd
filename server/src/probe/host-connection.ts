import { lookup } from 'node:dns/promises';

import { GameStreamClient } from '../client/game-stream-client.ts';
import type { HostInfo } from '../client/game-stream-client.ts';
import { HostRefused } from '../client/host-requests.ts';
import { PairingFailed, randomPin } from '../client/pairing.ts';
import type { IdentityStore } from './identity-store.ts';
import { EXIT, ProbeFailure } from './outcome.ts';
import type { Progress } from './progress.ts';

/** A host holds a pairing for 120 s (security.md). */
const PIN_TIME_LIMIT = 130_000;

export interface ConnectedHost {
  readonly client: GameStreamClient;
  readonly info: HostInfo;
}

/**
 * Finds the host, and pairs when it does not know this machine.
 *
 * @throws ProbeFailure
 */
export async function connectToHost(
  target: { readonly host: string; readonly port: number },
  store: IdentityStore,
  progress: Progress,
  signal: AbortSignal,
): Promise<ConnectedHost> {
  const { client, info } = await findHost(target, store, signal);
  const pin = store.pinOf(info.uniqueId);
  if (pin) {
    client.requests.pin = pin;
    const known = await pairedInfo(client, store.folder);
    if (known) return { client, info: known };
    progress.say(`${info.name} does not know this machine any more.`);
    client.requests.pin = undefined;
  }
  await pair(client, info, store, progress, signal);
  const known = await pairedInfo(client, store.folder);
  if (!known) {
    throw new ProbeFailure(
      EXIT.notPaired,
      'disabled',
      `${info.name} paired with this machine, but has it disabled. Enable it on the Devices page of the admin.`,
    );
  }
  return { client, info: known };
}

async function findHost(
  { host, port }: { readonly host: string; readonly port: number },
  store: IdentityStore,
  signal: AbortSignal,
): Promise<ConnectedHost> {
  let addresses: readonly { address: string }[];
  try {
    addresses = await lookup(host, { all: true });
  } catch {
    throw new ProbeFailure(
      EXIT.unreachable,
      'unknown-host',
      `There is no host called ${host}. Check the name, or give its address.`,
    );
  }
  let last: Error | undefined;
  for (const { address } of addresses) {
    signal.throwIfAborted();
    const client = new GameStreamClient({ host: address, httpPort: port }, store.identity);
    try {
      return { client, info: await client.publicInfo() };
    } catch (error) {
      last = error as Error;
    }
  }
  throw new ProbeFailure(
    EXIT.unreachable,
    'unreachable',
    `Nothing answers like a GameStream host at ${host} port ${port} (${reason(last)}). Is the host running, is the ` +
      'address right, and does its firewall let this machine through?',
  );
}

/** @returns undefined when the host does not take this machine's certificate */
async function pairedInfo(client: GameStreamClient, folder: string): Promise<HostInfo | undefined> {
  try {
    return await client.info();
  } catch (error) {
    if (error instanceof HostRefused && error.status === 401) return undefined;
    if (/another certificate/.test((error as Error).message)) {
      throw new ProbeFailure(
        EXIT.notPaired,
        'host-changed',
        `The host shows another certificate than when this machine paired with it. If it was set up anew, remove hosts.json in ${folder} and pair again; otherwise somebody may stand between.`,
      );
    }
    throw new ProbeFailure(
      EXIT.unreachable,
      'unreachable',
      `The host answers on its HTTP port, but not on its HTTPS port ${client.requests.httpsPort} (${reason(error as Error)}).`,
    );
  }
}

async function pair(
  client: GameStreamClient,
  info: HostInfo,
  store: IdentityStore,
  progress: Progress,
  signal: AbortSignal,
): Promise<void> {
  const pin = randomPin();
  progress.say(
    `This machine is not paired with ${info.name} yet. Type this PIN on the Devices page of its admin, or there:\n\n` +
      `  ${pin}        earthshine ctl pair answer --pin ${pin} --name "Probe"\n\n` +
      'Waiting for the PIN (two minutes) …',
  );
  const timeout = AbortSignal.timeout(PIN_TIME_LIMIT);
  try {
    const certificate = await client.pair({ pin, signal: AbortSignal.any([signal, timeout]) });
    await store.remember(info.uniqueId, certificate.der);
    progress.say('Paired.');
  } catch (error) {
    signal.throwIfAborted();
    throw pairingFailure(error as Error, info.name, timeout.aborted);
  }
}

const PAIRING_FAULTS = {
  'wrong-pin': 'Another PIN was typed at the host. Run the probe again; it shows a new one.',
  tampered: 'The host could not prove who it is. Somebody may stand between this machine and it.',
  declined:
    'The host declined: nobody typed the PIN in time, or pairing is switched off in its admin. Run the probe again.',
  busy: 'The host is busy with another pairing. Run the probe again in two minutes.',
} as const;

function pairingFailure(error: Error, host: string, timedOut: boolean): ProbeFailure {
  const fail = (code: string, message: string): ProbeFailure =>
    new ProbeFailure(EXIT.notPaired, code, message, { cause: error });
  if (timedOut) return fail('pin-timeout', `Nobody typed the PIN at ${host} in time.`);
  if (error instanceof PairingFailed) return fail(error.fault, PAIRING_FAULTS[error.fault]);
  if (error instanceof HostRefused) return fail('declined', `${host} declined: ${error.message}.`);
  return fail('pairing', `Pairing with ${host} broke off: ${error.message}`);
}

function reason(error: Error | undefined): string {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ABORT_ERR' ? 'no answer within 5 s' : (code ?? message);
}
