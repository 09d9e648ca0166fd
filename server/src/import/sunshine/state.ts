import { createPrivateKey, createPublicKey } from 'node:crypto';

import { readCertificate } from '../../gamestream/pairing/certificate.ts';
import type { Certificate } from '../../gamestream/pairing/certificate.ts';
import { asList, asObject, asText, asTruth } from './files.ts';

/** A device that the other host had paired. */
export interface FoundDevice {
  readonly name: string;
  readonly certificate: Certificate;
}

export interface FoundDevices {
  readonly devices: readonly FoundDevice[];
  /** what could not be taken and why, a sentence each */
  readonly left: readonly string[];
  /** `uniqueid`, by which clients know the host */
  readonly hostId: string | undefined;
}

/** More than anybody has paired. */
const MAX_DEVICES = 256;

/** @param file what sunshine_state.json holds */
export function readDevices(file: Readonly<Record<string, unknown>>): FoundDevices {
  const root = asObject(file['root']) ?? {};
  const left: string[] = [];
  const found = new Map<string, FoundDevice>();
  const entries = [...asList(root['named_devices']), ...ofOldForm(root['devices'])];
  for (const entry of entries.slice(0, MAX_DEVICES)) {
    const device = asObject(entry);
    const name = asText(device?.['name'])?.trim() || 'Device';
    const certificate = readCertificate(asText(device?.['cert']) ?? '');
    if (!certificate) left.push(`"${name}": its certificate cannot be read.`);
    else if (!asTruth(device!['enabled'], true)) left.push(`"${name}" was disabled there.`);
    else if (found.has(certificate.fingerprint)) left.push(`"${name}" is there twice.`);
    else found.set(certificate.fingerprint, { name, certificate });
  }
  if (entries.length > MAX_DEVICES) left.push(`${entries.length - MAX_DEVICES} further devices.`);
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

/** @returns a sentence where they cannot be used */
export function readIdentity(
  hostId: string | undefined,
  certificate: string,
  privateKey: string,
): FoundIdentity | string {
  if (hostId === undefined) return 'The other host’s unique id is missing or damaged.';
  const read = readCertificate(certificate);
  if (!read)
    return 'The other host’s certificate cannot be read, or its key is no RSA key of 2048 to 4096 bits.';
  try {
    const key = createPrivateKey(privateKey);
    if (!createPublicKey(key).equals(read.publicKey)) {
      return 'The other host’s certificate and key do not belong together.';
    }
    const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString();
    return { hostId, certificate: read.pem, privateKey: pem };
  } catch {
    return 'The other host’s key cannot be read.';
  }
}
