import net from 'node:net';
import { domainToASCII } from 'node:url';

/**
 * A socket's address as it is compared and shown everywhere: v4-mapped IPv6 becomes IPv4, a zone stays.
 *
 * @param address as Node's sockets report it; `undefined` on a socket that is already gone gives `''`
 */
export function normalizeAddress(address: string | undefined): string {
  if (!address) return '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

/** An address without the interface that it holds on: `fe80::1%eth0` is `fe80::1`. */
export function withoutZone(address: string): string {
  return address.replace(/%.*$/, '');
}

/**
 * Whose share of the host an address draws on. One IPv6 machine has all addresses of its /64 to choose from, so
 * they count as one; an IPv4 address counts by itself. Connections, pairings and sign-ins are all limited by this.
 *
 * @returns an IPv4 address, or the first 64 bits of an IPv6 address with its zone, for example `2001:db8:0:1::/64`
 */
export function shareOf(address: string): string {
  const normalized = normalizeAddress(address);
  if (!normalized.includes(':')) return normalized;
  const [digits = '', zone] = normalized.split('%');
  // One `::` at most stands for zeros; a dotted end would be the last two groups.
  const [front = [], back = []] = digits
    .split('::')
    .map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0');
  const whole = [...front, ...zeros, ...back].slice(0, 4);
  const network = whole.map((group) => parseInt(group, 16).toString(16)).join(':');
  return `${network}::/64${zone === undefined ? '' : `%${zone}`}`;
}

const local = new net.BlockList();
for (const [network, prefix] of [
  ['127.0.0.0', 8],
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const) {
  local.addSubnet(network, prefix, 'ipv4');
}
local.addAddress('::1', 'ipv6');
local.addSubnet('fc00::', 7, 'ipv6');
local.addSubnet('fe80::', 64, 'ipv6');

/** The machine itself or its local network (protocol 1 §3.5): everything else is the internet. */
export function isLocalNetwork(address: string): boolean {
  const normalized = withoutZone(normalizeAddress(address));
  const family = net.isIP(normalized);
  return family !== 0 && local.check(normalized, family === 4 ? 'ipv4' : 'ipv6');
}

/** A URL's host part: IPv6 in brackets. */
export function urlHost(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/**
 * A host's name or address as browsers ask for it and certificates hold it: `büro-pc` is `xn--bro-pc-3ya`.
 *
 * @returns '' for what is no name of a host
 */
export function asReached(name: string): string {
  return net.isIP(name) ? name : domainToASCII(name);
}
