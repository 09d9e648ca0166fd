import net from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

import { isLocalNetwork, normalizeAddress, withoutZone } from './address.ts';
import { networkInterfaces } from './interfaces.ts';

/**
 * Whether a connection from this address is taken at all: public ones only where the owner allows them. Nearly
 * everybody is on a private network, so the interfaces are hardly ever looked at.
 */
export function mayConnect(remote: string, allowPublic: boolean): boolean {
  return isLocalNetwork(remote) || allowPublic || isNearby(remote, networkInterfaces());
}

/**
 * Whether somebody may talk to the host without further leave: the machine itself, private networks, and the
 * IPv6 networks that an interface is on. The last are public addresses, but homes have no others, and all of a
 * /64 is one link. A public IPv4 network is not counted: strangers may share it.
 *
 * @param interfaces as `os.networkInterfaces()` gives them
 */
export function isNearby(remote: string, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): boolean {
  const address = withoutZone(normalizeAddress(remote));
  if (isLocalNetwork(address)) return true;
  const family = net.isIP(address);
  if (family === 0) return false;
  const near = new net.BlockList();
  for (const info of Object.values(interfaces).flatMap((infos) => infos ?? [])) {
    near.addAddress(info.address, info.family === 'IPv6' ? 'ipv6' : 'ipv4');
    if (info.family !== 'IPv6' || info.internal) continue;
    // A wider network than a /64 is not one home; a narrower one is a part of it.
    if (Number(info.cidr?.split('/')[1]) >= 64) near.addSubnet(info.address, 64, 'ipv6');
  }
  return near.check(address, family === 6 ? 'ipv6' : 'ipv4');
}
