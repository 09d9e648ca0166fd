import net from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { normalizeAddress } from '../../network/address.ts';

/** As `os.networkInterfaces()` gives them. */
export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/** "None, keep the one you know" (protocol 1 §1.4). */
export const NO_MAC = '00:00:00:00:00:00';

/**
 * The hardware address of the interface that owns an address of this machine, for Wake-on-LAN.
 *
 * @param localAddress as the socket reports it, v4-mapped or with a zone too
 */
export function macOf(localAddress: string, interfaces: Interfaces): string {
  const wanted = normalizeAddress(localAddress);
  const [address, zone] = wanted.split('%');
  for (const [name, infos] of Object.entries(interfaces)) {
    if (zone !== undefined && zone !== name) continue;
    const info = infos?.find((candidate) => candidate.address === address);
    if (info) return info.mac;
  }
  return NO_MAC;
}

/** What `LocalIP` says: IPv4 or the placeholder that clients ignore, never IPv6 (protocol 1 §2.4). */
export function localIpOf(localAddress: string): string {
  const normalized = normalizeAddress(localAddress);
  return net.isIPv4(normalized) ? normalized : '127.0.0.1';
}
