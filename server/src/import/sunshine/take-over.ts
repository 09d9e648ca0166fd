import type { AppDirectory } from '../../apps/app-directory.ts';
import { InvalidArt } from '../../apps/art/png.ts';
import { AppConflict } from '../../apps/app-directory.ts';
import type { DeviceRegistry } from '../../devices/device-registry.ts';
import { readPicture } from './found-host.ts';
import type { FoundHost } from './found-host.ts';
import { leftBehind } from './left-behind.ts';
import type { LeftBehind } from './left-behind.ts';
import type { FoundDevice, FoundIdentity } from './state.ts';

/** What was taken over, what not and why. */
export interface Report {
  readonly folder: string;
  readonly apps: string[];
  readonly devices: string[];
  /** the host is now who the other one was to its devices */
  identity: boolean;
  readonly settings: readonly (readonly [name: string, value: string])[];
  readonly left: LeftBehind[];
}

export interface Target {
  readonly apps: AppDirectory;
  readonly devices: DeviceRegistry;
  /** puts the other host's identity in the place of this one's */
  readonly adopt: (identity: FoundIdentity) => Promise<void>;
}

/**
 * Takes over what was found.
 *
 * @param chosen the devices that the owner confirmed; with any of them comes the other host's identity, without which none of
 *   them would know this host
 * @param target undefined: nothing is changed, the report says what would be
 */
export async function takeOver(
  host: FoundHost,
  chosen: readonly FoundDevice[],
  target: Target | undefined,
): Promise<Report> {
  const report: Report = {
    folder: host.folder,
    apps: [],
    devices: [],
    identity: false,
    settings: host.settings,
    left: [...host.troubles, ...host.apps.left, ...host.devices.left],
  };
  await takeDevices(host, chosen, target, report);
  await takeApps(host, target, report);
  return report;
}

async function takeDevices(
  { identity }: FoundHost,
  chosen: readonly FoundDevice[],
  target: Target | undefined,
  report: Report,
): Promise<void> {
  if (chosen.length === 0) return;
  if ('missing' in identity) {
    report.left.push(identity.missing);
    return;
  }
  // First: a device that is there without the identity it knows would only be refused.
  await target?.adopt(identity);
  report.identity = true;
  for (const { name, certificate } of chosen) {
    await target?.devices.add({
      fingerprint: certificate.fingerprint,
      name,
      certificatePem: certificate.pem,
    });
    report.devices.push(name);
  }
}

async function takeApps(
  { apps, folder }: FoundHost,
  target: Target | undefined,
  report: Report,
): Promise<void> {
  const known = new Set(target?.apps.list().map(({ title }) => title.toLowerCase()) ?? []);
  for (const { draft, image, remarks } of apps.apps) {
    const { title } = draft;
    if (known.has(title.toLowerCase())) {
      report.left.push(leftBehind('app-there', { app: title }));
      continue;
    }
    known.add(title.toLowerCase());
    report.left.push(...remarks);
    try {
      const added = await target?.apps.add(draft);
      report.apps.push(title);
      const picture = image === undefined ? undefined : await readPicture(folder, image);
      if (image !== undefined && !picture) {
        report.left.push(leftBehind('app-picture-missing', { app: title }));
      }
      if (picture && added) await target!.apps.setArt(added.id, picture);
    } catch (error) {
      if (error instanceof InvalidArt) {
        report.left.push(leftBehind('app-picture-broken', { app: title }));
        continue;
      }
      if (!(error instanceof AppConflict)) throw error;
      report.left.push(leftBehind('apps-full', { count: apps.apps.length - report.apps.length }));
      return;
    }
  }
}

/** The report as a person reads it. */
export function presentReport(report: Report, dry: boolean): string {
  const { apps, devices, settings, left, identity, folder } = report;
  const would = dry ? 'would be ' : '';
  return [
    `From ${folder}:`,
    devices.length > 0
      ? `  ${devices.length} ${devices.length === 1 ? 'device' : 'devices'} ${would}taken over, which need not pair again: ${devices.join(', ')}`
      : '  no device',
    ...(identity
      ? [`  with them ${would}the other host’s certificate and id, by which they know it`]
      : []),
    `  ${apps.length} ${apps.length === 1 ? 'app' : 'apps'}${apps.length > 0 ? ` ${would}taken over: ${apps.slice(0, 20).join(', ')}${apps.length > 20 ? ', …' : ''}` : ''}`,
    ...(apps.length > 0
      ? [
          '  Those with commands start on no device until you have looked at them: in the admin, Apps, save each once.',
        ]
      : []),
    ...settings.map(
      ([name, value]) => `  the other host had ${name} ${value}: set it with --${name}`,
    ),
    ...(left.length > 0
      ? ['', 'Not taken over:', ...left.slice(0, 50).map(({ says }) => `  ${says}`)]
      : []),
    ...(left.length > 50 ? [`  and ${left.length - 50} more; --json has them all`] : []),
  ].join('\n');
}
