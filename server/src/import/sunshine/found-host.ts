import path from 'node:path';

import { readApps } from './apps.ts';
import type { FoundApps } from './apps.ts';
import { readConfiguration } from './configuration.ts';
import { decoded, readBounded, readJsonObject, Untaken } from './files.ts';
import { leftBehind } from './left-behind.ts';
import type { LeftBehind } from './left-behind.ts';
import { readDevices, readIdentity } from './state.ts';
import type { FoundDevices, FoundIdentity, NoIdentity } from './state.ts';

/** What lies in another host's folder, read and checked; nothing was changed. */
export interface FoundHost {
  readonly folder: string;
  readonly apps: FoundApps;
  readonly devices: FoundDevices;
  readonly identity: FoundIdentity | NoIdentity;
  /** settings that have a counterpart here: ours, and its value */
  readonly settings: readonly (readonly [name: string, value: string])[];
  /** files that could not be read */
  readonly troubles: readonly LeftBehind[];
}

/** Theirs → ours, where both mean the same. */
const SETTINGS: Readonly<Record<string, string>> = {
  sunshine_name: 'name',
  port: 'base-port',
  fec_percentage: 'fec-percentage',
};
const MAX_PICTURE = 16 * 1024 * 1024;
const MAX_KEY = 64 * 1024;

/** One file that cannot be read keeps no other from being taken. */
export async function readFoundHost(folder: string): Promise<FoundHost> {
  const troubles: LeftBehind[] = [];
  const tolerant = <T>(read: Promise<T>): Promise<T | undefined> =>
    read.catch((error: unknown) => {
      if (!(error instanceof Untaken)) throw error;
      troubles.push(error.left);
      return undefined;
    });
  const text = await tolerant(readBounded(path.join(folder, 'sunshine.conf')));
  const configuration = readConfiguration(text ? decoded(text) : '');
  /** A file that the configuration may have put elsewhere. */
  const place = (name: string, usual: string): string =>
    path.resolve(folder, configuration.get(name) || usual);
  const apps = await tolerant(readJsonObject(place('file_apps', 'apps.json')));
  const state = await tolerant(readJsonObject(place('file_state', 'sunshine_state.json')));
  const devices = readDevices(state ?? {});
  const [certificate, key] = await Promise.all(
    [place('cert', 'credentials/cacert.pem'), place('pkey', 'credentials/cakey.pem')].map((file) =>
      tolerant(readBounded(file, MAX_KEY)),
    ),
  );
  return {
    folder,
    apps: readApps(apps ?? {}, configuration.get('global_prep_cmd')),
    devices,
    identity:
      certificate && key
        ? readIdentity(devices.hostId, certificate.toString('latin1'), key.toString('latin1'))
        : { missing: leftBehind('identity-missing') },
    settings: Object.entries(SETTINGS).flatMap(([theirs, ours]) => {
      const value = configuration.get(theirs);
      return value ? [[ours, value] as const] : [];
    }),
    troubles,
  };
}

/** @returns undefined for none that can be found or that is no PNG. @param image as the other host wrote it */
export async function readPicture(folder: string, image: string): Promise<Buffer | undefined> {
  for (const place of [path.resolve(folder, image), path.resolve(folder, 'covers', image)]) {
    const bytes = await readBounded(place, MAX_PICTURE).catch(() => undefined);
    if (bytes?.subarray(0, 8).equals(PNG)) return bytes;
  }
  return undefined;
}

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
