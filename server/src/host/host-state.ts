import type { Logger } from 'pino';

import { AppDirectory } from '../apps/app-directory.ts';
import { ArtProcess } from '../apps/art/art-process.ts';
import { DeviceRegistry } from '../devices/device-registry.ts';
import { PairingRequests } from '../devices/pairing-requests.ts';
import { loadIdentity } from '../gamestream/identity.ts';
import type { HostIdentity } from '../gamestream/identity.ts';
import { ProblemList } from '../store/problem-list.ts';
import { Settings } from '../store/settings.ts';
import { Store } from '../store/store.ts';
import type { DataDirectory } from './data-directory.ts';
import type { OpenParts } from './open-parts.ts';
import { rememberPairingSwitch } from './pairing-switch.ts';
import { artCommand } from './program.ts';

/** What this start found damaged and went on without. */
export class Losses {
  readonly #messages: string[] = [];
  readonly #problems: ProblemList;

  constructor(problems: ProblemList) {
    this.#problems = problems;
  }

  get messages(): readonly string[] {
    return this.#messages;
  }

  /** For the status while this host runs, and for the list of problems after it. */
  readonly tell = (message: string): void => {
    this.#messages.push(message);
    this.#problems.report({ message });
  };
}

/** What outlives the host process. */
export interface HostState {
  readonly store: Store;
  readonly devices: DeviceRegistry;
  readonly desk: PairingRequests;
  readonly apps: AppDirectory;
  readonly identity: HostIdentity;
  readonly problems: ProblemList;
  readonly losses: Losses;
  /** A good copy of the store, for a start that finds it damaged. Never rejects. */
  keepCopy(): Promise<void>;
}

/**
 * @param renew the owner wants a new identity where the old one cannot be used
 * @throws Error with a sentence for what the host cannot do without
 */
export async function openHostState(
  data: DataDirectory,
  parts: OpenParts,
  logOf: (part: string) => Logger,
  renew = false,
): Promise<HostState> {
  const store = parts.keep(await Store.open(data.file('earthshine.sqlite'), logOf('store')));
  const devices = parts.keep(await DeviceRegistry.open(store, logOf('devices')));
  const tolerant = (kept: Promise<void>): Promise<void> =>
    kept.catch((error: unknown) =>
      logOf('store').warn({ err: error }, 'no copy of the store could be kept'),
    );
  devices.on('revoked', () => void tolerant(store.renewCopy()));
  const settings = await Settings.open(store);
  const desk = parts.keep(new PairingRequests({ devices, log: logOf('devices') }));
  rememberPairingSwitch(desk, settings, logOf('devices'));
  const artProcess = parts.keep(new ArtProcess(artCommand()));
  const apps = await AppDirectory.open({
    store,
    log: logOf('apps'),
    artFolder: data.file('art'),
    drawArt: artProcess.draw,
    shrinkArt: artProcess.shrink,
  });
  const paired = devices.list().length;
  const { identity, made } = await loadIdentity(data.file('identity'), { paired, renew });
  const problems = await ProblemList.open(store, logOf('host'));
  const losses = new Losses(problems);
  if (store.replaced !== undefined) losses.tell(store.replaced);
  for (const lost of apps.troubles) losses.tell(lost);
  if (made && paired > 0) {
    losses.tell(
      'A new identity of this host was made, as --new-identity asks for where the old one cannot be used: every device has to be paired again.',
    );
  }
  const keepCopy = (): Promise<void> => tolerant(store.keepCopy());
  return { store, devices, desk, apps, identity, problems, losses, keepCopy };
}
