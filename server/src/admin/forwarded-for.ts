import net from 'node:net';

import { normalizeAddress } from '../network/address.ts';

/**
 * Whom a request comes from, where it came through proxies that the owner named. Each proxy adds at the end of
 * `X-Forwarded-For` whom it heard, so the list is read from its end, and only as far as trusted proxies wrote it: what
 * stands before may be anybody's invention.
 *
 * @param peer the socket's address, normalized
 * @param header of any form
 * @param proxies normalized
 * @returns the peer itself when it is no such proxy, or when the proxy said nothing that is an address
 */
export function forwardedFor(
  peer: string,
  header: string | undefined,
  proxies: readonly string[],
): string {
  const hops = (header ?? '').split(',');
  let address = peer;
  while (proxies.includes(address)) {
    const said = normalizeAddress(hops.pop()?.trim());
    if (net.isIP(said) === 0) break;
    address = said;
  }
  return address;
}
