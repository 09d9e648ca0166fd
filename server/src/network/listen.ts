import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { holderOfTcpPort } from './port-holder.ts';

/** A port could not be opened; the message says who holds it and what to do. */
export class ListenFailed extends Error {
  readonly code: string;
  readonly port: number;
  constructor(message: string, port: number, cause: NodeJS.ErrnoException) {
    super(message, { cause });
    this.name = 'ListenFailed';
    this.code = cause.code ?? 'unknown';
    this.port = port;
  }
}

/** The option by which the owner moves a port elsewhere. */
export type PortOption = '--base-port' | '--admin-port';

/** The machine has no IPv6. */
const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

/**
 * Listens on one port of each address.
 *
 * @param make a new server for each address
 * @param port 0: any free one, the same on all addresses
 * @param addresses none, or `::` alone: all of the machine, on one socket for IPv6 and IPv4 where there is IPv6
 * @returns the port
 * @throws ListenFailed
 */
export async function listen(
  make: () => Server,
  port: number,
  addresses: readonly string[],
  option: PortOption = '--base-port',
): Promise<number> {
  if (addresses.length > 0 && !(addresses.length === 1 && addresses[0] === '::')) {
    let chosen = port;
    for (const address of addresses) {
      chosen = await listenOn(make(), chosen, address, option, address.includes(':'));
    }
    return chosen;
  }
  try {
    return await listenOn(make(), port, '::', option, false);
  } catch (error) {
    if (!(error instanceof ListenFailed) || !NO_IPV6.has(error.code)) throw error;
    return await listenOn(make(), port, '0.0.0.0', option, false);
  }
}

async function listenOn(
  server: Server,
  port: number,
  host: string,
  option: PortOption,
  ipv6Only: boolean,
): Promise<number> {
  try {
    const listening = once(server, 'listening');
    server.listen({ port, host, ipv6Only });
    await listening;
    // From here on it is one connection that could not be taken (ENOBUFS, ENOMEM): unheard, it would end the host.
    server.on('error', () => {});
    return (server.address() as AddressInfo).port;
  } catch (error) {
    throw new ListenFailed(
      await explain(error as NodeJS.ErrnoException, port, host, option),
      port,
      error as NodeJS.ErrnoException,
    );
  }
}

async function explain(
  error: NodeJS.ErrnoException,
  port: number,
  host: string,
  option: PortOption,
): Promise<string> {
  switch (error.code) {
    case 'EADDRINUSE': {
      const holder = await holderOfTcpPort(port);
      return (
        `TCP port ${port} is held by ${holder ?? 'another program'}, perhaps another streaming host. ` +
        (option === '--base-port'
          ? 'Stop it, or choose other ports with --base-port.'
          : 'Stop it, or choose another port with --admin-port.')
      );
    }
    case 'EADDRNOTAVAIL':
      return `${host} is no address of this machine. Correct --bind.`;
    case 'EACCES':
      return `TCP port ${port} may not be opened by this user. Choose a higher ${option}.`;
    default:
      return `TCP port ${port} on ${host} could not be opened (${error.code ?? error.message}).`;
  }
}
