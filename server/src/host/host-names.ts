import os from 'node:os';

import { hostLabel } from '../gamestream/discovery/names.ts';
import { networkInterfaces } from '../network/interfaces.ts';

/** Discovery numbers the machine's name where others on the link have it already; so far the admin knows itself by it. */
const DISCOVERED = [1, 2, 3] as const;

/** Where clients and browsers reach this host, the most likely one first. @param bind the owner's choice */
export function hostAddresses(bind: readonly string[]): string[] {
  if (bind.length > 0) return [...bind];
  const all = Object.values(networkInterfaces())
    .flatMap((infos) => infos ?? [])
    .filter((info) => !info.internal && !info.address.startsWith('fe80:'));
  const ipv4 = all.filter((info) => info.family === 'IPv4');
  const chosen = (ipv4.length > 0 ? ipv4 : all).map((info) => info.address);
  return chosen.length > 0 ? chosen : ['127.0.0.1'];
}

/** What the admin's certificate is made out to. */
export function certificateNames(addresses: readonly string[]): string[] {
  const name = os.hostname();
  return [name, 'localhost', `${name.split('.')[0]}.local`, announcedName(1), ...addresses];
}

/** The names under which discovery may have announced the machine. */
export function announcedNames(): string[] {
  return DISCOVERED.map(announcedName);
}

function announcedName(attempt: number): string {
  return `${hostLabel(os.hostname(), attempt)}.local`;
}
