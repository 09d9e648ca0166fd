import type { IncomingHttpHeaders } from 'node:http';
import net from 'node:net';

import { asReached, normalizeAddress, withoutZone } from '../network/address.ts';

/**
 * The name in a Host header, without port and brackets, in lower case.
 *
 * @returns undefined when it is no host at all
 */
export function hostName(header: string | undefined): string | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]{1,255}))(?::\d{1,5})?$/i.exec(header ?? '');
  if (!match) return undefined;
  if (match[1] !== undefined) return net.isIPv6(match[1]) ? canonical(match[1]) : undefined;
  return match[2]!.toLowerCase().replace(/\.$/, '');
}

/**
 * Whether a Host header names this machine. A page of another site that has its name point here (DNS rebinding)
 * still sends its own name.
 *
 * @param own names and numeric addresses
 */
export function isOwnHost(header: string | undefined, own: Iterable<string>): boolean {
  const name = hostName(header);
  if (name === undefined) return false;
  for (const candidate of own) {
    const plain = withoutZone(normalizeAddress(candidate)).toLowerCase();
    if ((net.isIPv6(plain) ? canonical(plain) : asReached(plain)) === name) return true;
  }
  return false;
}

/**
 * Whether a request that changes something may come from where it says it comes from: a page of this very
 * origin, or no page at all.
 *
 * @param hasCookie then saying nothing is not enough: a browser that sends cookies says where it is
 */
export function isSameOrigin(headers: IncomingHttpHeaders, hasCookie: boolean): boolean {
  const site = headers['sec-fetch-site'];
  const { origin, host } = headers;
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin !== undefined && origin !== `https://${host}`) return false;
  return !hasCookie || site !== undefined || origin !== undefined;
}

/** One spelling of an IPv6 address, as WHATWG URLs write it. */
function canonical(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
