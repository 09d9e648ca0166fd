import { ImportRefused } from '../admin/resources/import.ts';
import type { OtherHosts } from '../admin/resources/import.ts';
import type { AppDirectory } from '../apps/app-directory.ts';
import type { DeviceRegistry } from '../devices/device-registry.ts';
import { adoptIdentity } from '../gamestream/identity.ts';
import { NotTaken, SunshineOffer } from '../import/sunshine/offer.ts';

/** The page's answer leaves before the host does. */
const ANSWER_MS = 500;

export interface OtherHostsParts {
  readonly apps: AppDirectory;
  readonly devices: DeviceRegistry;
  readonly identityFolder: string;
  /** starts this host anew; absent: nobody would start it again */
  readonly restart: () => (() => void) | undefined;
}

/** Taking over what another host left, from the admin, while this host runs. */
export function otherHosts({
  apps,
  devices,
  identityFolder,
  restart,
}: OtherHostsParts): OtherHosts {
  const offer = new SunshineOffer({
    ...{ apps, devices },
    adopt: (identity) => adoptIdentity(identityFolder, identity),
  });
  return {
    look: async () => {
      const { running, hosts, paired } = await offer.look();
      return {
        ...(running !== undefined && { running }),
        hosts: hosts.map((host) => ({
          ...host,
          devices: [...host.devices],
          apps: [...host.apps],
          settings: [...host.settings],
          left: [...host.left],
        })),
        paired: [...paired],
      };
    },
    take: async (wish) => {
      try {
        const { apps: taken, devices: paired, left, identity } = await offer.take(wish);
        const again = restart();
        // Until it starts anew this host is who it was to everybody.
        if (identity && again) setTimeout(again, ANSWER_MS).unref();
        return {
          ...{ apps: taken, devices: paired, left },
          restart: identity ? (again ? 'itself' : 'by-hand') : 'none',
        };
      } catch (error) {
        if (error instanceof NotTaken) throw new ImportRefused(error.reason, error.message);
        throw error;
      }
    },
  };
}
