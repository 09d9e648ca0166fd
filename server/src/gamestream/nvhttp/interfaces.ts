import net from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { isLocalNetwork, normalizeAddress } from '../address.ts';

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

/**
 * Whether somebody at `remote` may talk to the host without further leave: the machine itself, private
 * networks, and the IPv6 networks that an interface is on. The last are public addresses, but homes have no
 * others, and all of a /64 is one link. A public IPv4 network is not counted: strangers may share it.
 */
export function isNearby(remote: string, local: string, interfaces: Interfaces): boolean {
  const address = normalizeAddress(remote).replace(/%.*$/, '');
  if (isLocalNetwork(address)) return true;
  if (address === normalizeAddress(local)) return true;
  if (!net.isIPv6(address)) return false;
  const links = new net.BlockList();
  for (const info of Object.values(interfaces).flatMap((infos) => infos ?? [])) {
    const prefix = Number(info.cidr?.split('/')[1]);
    if (info.family === 'IPv6' && prefix >= 64) links.addSubnet(info.address, prefix, 'ipv6');
  }
  return links.check(address, 'ipv6');
}
