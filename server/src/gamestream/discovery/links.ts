import net from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

/** One network that the host is announced on. */
export interface Link {
  readonly name: string;
  /** what queries come to and answers leave from */
  readonly ipv4: string;
  /** bits of its network */
  readonly prefix: number;
  /** published: every usable IPv4 of the interface */
  readonly a: readonly string[];
  /** published: global and unique-local IPv6, when the host listens there */
  readonly aaaa: readonly string[];
}

/**
 * Interfaces of containers, virtual machines and tunnels: clients on the home network cannot reach their
 * addresses, but would try them first (protocol 1 §6, 31).
 */
const VIRTUAL =
  /^(docker|br-|veth|virbr|vnet|vmnet|vboxnet|lxc|lxd|podman|cni|flannel|cali|tun|tap|wg|zt|tailscale|ppp|ifb|dummy|sit|ip6tnl|gre)/;

const MAX_IPV6 = 3;

/**
 * Where to announce, from `os.networkInterfaces()`.
 *
 * @param listening the addresses the servers listen on; empty: all. Only these are published
 * @param loopback for tests on one machine
 */
export function linksOf(
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
  listening: readonly string[],
  loopback = false,
): Link[] {
  const hears = (address: string): boolean =>
    listening.length === 0 ||
    listening.includes(address) ||
    listening.includes(net.isIPv4(address) ? '0.0.0.0' : '::');
  return Object.entries(interfaces).flatMap(([name, infos = []]) => {
    if (VIRTUAL.test(name)) return [];
    const usable = infos.filter((info) => info.internal === loopback && hears(info.address));
    const ipv4 = usable.filter((info) => info.family === 'IPv4');
    const [first] = ipv4;
    if (!first) return [];
    const aaaa = usable.filter((info) => info.family === 'IPv6' && !isLinkLocal(info.address));
    return [
      {
        name,
        ipv4: first.address,
        prefix: Number(first.cidr?.split('/')[1] ?? 32),
        a: ipv4.map((info) => info.address),
        aaaa: aaaa.slice(0, MAX_IPV6).map((info) => info.address),
      },
    ];
  });
}

/** Whether a datagram's source is on this link; mDNS listens to nobody else (RFC 6762 §11). */
export function isOnLink(link: Link, source: string): boolean {
  if (!net.isIPv4(source)) return false;
  const hostBits = 2 ** (32 - link.prefix);
  return Math.floor(toNumber(source) / hostBits) === Math.floor(toNumber(link.ipv4) / hostBits);
}

function toNumber(ipv4: string): number {
  return ipv4.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}
