import type { AppDirectory } from '../../apps/app-directory.ts';
import type { DeviceRegistry } from '../../devices/device-registry.ts';
import { readFoundHost } from './found-host.ts';
import type { FoundHost } from './found-host.ts';
import type { LeftBehind } from './left-behind.ts';
import { stateFolders } from './places.ts';
import { runningHost } from './running.ts';
import { takeOver } from './take-over.ts';
import type { Report, Target } from './take-over.ts';

/** What lies in the usual places of other hosts, as the owner is shown it. */
export interface Offer {
  /** `sunshine (process 1234)`, which has to end before anything is taken */
  readonly running: string | undefined;
  readonly hosts: readonly OfferedHost[];
  /** devices that are paired here, which would have to pair again with another host's identity */
  readonly paired: readonly string[];
}

export interface OfferedHost {
  readonly folder: string;
  readonly devices: readonly { readonly fingerprint: string; readonly name: string }[];
  /** why no device can be taken; absent: they can */
  readonly identityTrouble?: LeftBehind;
  readonly apps: readonly { readonly title: string; readonly hasCommands: boolean }[];
  readonly settings: readonly { readonly name: string; readonly value: string }[];
  /** what cannot be taken, and why */
  readonly left: readonly LeftBehind[];
}

export interface TakeWish {
  /** of the offer */
  readonly folder: string;
  /** fingerprints of the devices that the owner confirmed, one by one */
  readonly devices: readonly string[];
  readonly apps: boolean;
  /** although devices are paired here, which have to pair again then */
  readonly replace: boolean;
}

/** What is asked for cannot be taken over; nothing was changed. */
export class NotTaken extends Error {
  readonly reason: 'other-host-runs' | 'not-offered' | 'devices-paired';

  constructor(reason: NotTaken['reason'], message: string) {
    super(message);
    this.name = 'NotTaken';
    this.reason = reason;
  }
}

export interface OfferParts extends Target {
  readonly apps: AppDirectory;
  readonly devices: DeviceRegistry;
  /** another home, for tests */
  readonly home?: string;
  readonly runs?: () => Promise<string | undefined>;
}

/** What other hosts left in this home, and taking it over while this host runs. */
export class SunshineOffer {
  readonly #parts: OfferParts;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: OfferParts) {
    this.#parts = parts;
  }

  /** Changes nothing. Folders elsewhere are for the command line: what a browser asks for names no path. */
  async look(): Promise<Offer> {
    const hosts: OfferedHost[] = [];
    for (const folder of await this.#folders()) hosts.push(offered(await readFoundHost(folder)));
    return { running: await this.#running(), hosts, paired: this.#paired() };
  }

  /**
   * @returns the report; with `identity` this host is another one to its devices once it has started anew
   * @throws NotTaken
   */
  take(wish: TakeWish): Promise<Report> {
    const taken = this.#turn.then(() => this.#take(wish));
    this.#turn = taken.catch(() => undefined);
    return taken;
  }

  async #take({ folder, devices, apps, replace }: TakeWish): Promise<Report> {
    const running = await this.#running();
    if (running !== undefined) {
      throw new NotTaken(
        'other-host-runs',
        `${running} runs, and would write its files again when it ends. Stop it first.`,
      );
    }
    if (!(await this.#folders()).includes(folder)) {
      throw new NotTaken('not-offered', `There is nothing of Sunshine or Apollo in ${folder}.`);
    }
    const host = await readFoundHost(folder);
    const chosen = host.devices.devices.filter(({ certificate }) =>
      devices.includes(certificate.fingerprint),
    );
    const paired = this.#paired();
    if (chosen.length > 0 && paired.length > 0 && !replace) {
      throw new NotTaken(
        'devices-paired',
        `Devices are paired here already: ${paired.join(', ')}. With the other host’s identity they have to pair again.`,
      );
    }
    return takeOver(apps ? host : { ...host, apps: { apps: [], left: [] } }, chosen, this.#parts);
  }

  #folders(): Promise<string[]> {
    return this.#parts.home === undefined ? stateFolders() : stateFolders(this.#parts.home);
  }

  #running(): Promise<string | undefined> {
    return (this.#parts.runs ?? runningHost)();
  }

  #paired(): string[] {
    return this.#parts.devices.list().map(({ name }) => name);
  }
}

function offered({ folder, apps, devices, identity, settings, troubles }: FoundHost): OfferedHost {
  return {
    folder,
    devices: devices.devices.map(({ name, certificate }) => ({
      name,
      fingerprint: certificate.fingerprint,
    })),
    ...('missing' in identity && { identityTrouble: identity.missing }),
    apps: apps.apps.map(({ draft }) => ({
      title: draft.title,
      hasCommands: draft.toReview === true,
    })),
    settings: settings.map(([name, value]) => ({ name, value })),
    left: [
      ...troubles,
      ...devices.left,
      ...apps.left,
      ...apps.apps.flatMap(({ remarks }) => remarks),
    ],
  };
}
