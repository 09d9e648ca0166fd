import { createPrivateKey, createPublicKey } from 'node:crypto';

import { readCertificate } from '../../gamestream/pairing/certificate.ts';
import type { Certificate } from '../../gamestream/pairing/certificate.ts';
import { asList, asObject, asText, asTruth } from './files.ts';
import { leftBehind } from './left-behind.ts';
import type { LeftBehind } from './left-behind.ts';

/** A device that the other host had paired. */
export interface FoundDevice {
  readonly name: string;
  readonly certificate: Certificate;
}

export interface FoundDevices {
  readonly devices: readonly FoundDevice[];
  /** what could not be taken and why */
  readonly left: readonly LeftBehind[];
  /** `uniqueid`, by which clients know the host */
  readonly hostId: string | undefined;
}

/** More than anybody has paired. */
const MAX_DEVICES = 256;

/** @param file what sunshine_state.json holds */
export function readDevices(file: Readonly<Record<string, unknown>>): FoundDevices {
  const root = asObject(file['root']) ?? {};
  const left: LeftBehind[] = [];
  const found = new Map<string, FoundDevice>();
  const entries = [...asList(root['named_devices']), ...ofOldForm(root['devices'])];
  for (const entry of entries.slice(0, MAX_DEVICES)) {
    const device = asObject(entry);
    const name = asText(device?.['name'])?.trim() || 'Device';
    const certificate = readCertificate(asText(device?.['cert']) ?? '');
    if (!certificate) left.push(leftBehind('device-certificate', { device: name }));
    else if (!asTruth(device!['enabled'], true))
      left.push(leftBehind('device-disabled', { device: name }));
    else if (found.has(certificate.fingerprint))
      left.push(leftBehind('device-twice', { device: name }));
    else found.set(certificate.fingerprint, { name, certificate });
  }
  if (entries.length > MAX_DEVICES) {
    const count = entries.length - MAX_DEVICES;
    left.push(leftBehind('devices-more', { count, limit: MAX_DEVICES }));
  }
  return { devices: [...found.values()], left, hostId: hostIdOf(asText(root['uniqueid'])) };
}

/** Hosts of 2022 and before kept certificates without names. */
function ofOldForm(devices: unknown): unknown[] {
  return asList(devices).flatMap((device) =>
    asList(asObject(device)?.['certs']).map((cert) => ({ name: 'Device', cert })),
  );
}

/** Written as it is: clients compare it letter by letter. */
function hostIdOf(id: string | undefined): string | undefined {
  return id !== undefined && /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)
    ? id
    : undefined;
}

/** The other host's certificate and key, checked to belong together. */
export interface FoundIdentity {
  readonly hostId: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** There is none that could be used. */
export interface NoIdentity {
  readonly missing: LeftBehind;
}

export function readIdentity(
  hostId: string | undefined,
  certificate: string,
  privateKey: string,
): FoundIdentity | NoIdentity {
  if (hostId === undefined) return { missing: leftBehind('identity-id') };
  const read = readCertificate(certificate);
  if (!read) return { missing: leftBehind('identity-certificate') };
  try {
    const key = createPrivateKey(privateKey);
    if (!createPublicKey(key).equals(read.publicKey)) {
      return { missing: leftBehind('identity-apart') };
    }
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { hostId, certificate: read.pem, privateKey: pem };
  } catch {
    return { missing: leftBehind('identity-key') };
  }
}
