import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import os from 'node:os';

import type { Logger } from 'pino';

import type { Counters } from '../../telemetry/counters.ts';
import { normalizeAddress } from '../../network/address.ts';
import type { Path } from '../enet/host.ts';

/** `Path.local` of a datagram whose local address is not known: it came to a wildcard socket. */
export const ANY_LOCAL = '*';

export interface LocalSocketsOptions {
  /** what the port is for, in messages to the owner */
  readonly purpose: string;
  readonly port: number;
  /** numeric; `::` and `0.0.0.0` mean every address of the machine */
  readonly addresses: readonly string[];
  readonly onDatagram: (bytes: Buffer, path: Path) => void;
  readonly counters: Counters;
  readonly log: Logger;
}

/** Milliseconds between looks at the machine's addresses. */
const REFRESH = 5000;
const RECEIVE_BUFFER = 1024 * 1024;

/**
 * One UDP port on one socket per local address, so that an answer leaves from the address that was asked. A
 * wildcard socket behind them takes what comes to an address that is new. All are bound with SO_REUSEPORT: a
 * media process binds and connects its own sockets to the same address and port (design.md, 1).
 *
 * Node cannot set IP_TOS, so the control stream is not marked.
 */
export class LocalSockets {
  readonly #options: LocalSocketsOptions;
  readonly #sockets = new Map<string, dgram.Socket>();
  #timer: NodeJS.Timeout | undefined;
  #dualStack = false;
  #refreshing = false;
  #closed = false;

  constructor(options: LocalSocketsOptions) {
    this.#options = options;
  }

  /** @throws Error with a sentence that names the port when it is taken */
  async open(): Promise<void> {
    const { addresses } = this.#options;
    for (const address of addresses) await this.#claim(address);
    const wildcards = addresses.filter(isWildcard);
    if (wildcards.length > 0) {
      await this.#openWildcard(wildcards.includes('::') ? '::' : '0.0.0.0');
    }
    for (const address of addresses) {
      if (!isWildcard(address)) await this.#bind(address, address);
    }
    if (wildcards.length > 0) {
      await this.#refresh();
      this.#timer = setInterval(() => void this.#refresh(), REFRESH);
      this.#timer.unref();
    }
  }

  /** Sends from the socket that the path names; a failure is a lost datagram, counted. */
  send(datagram: Uint8Array, path: Path): void {
    const socket = this.#sockets.get(path.local) ?? this.#sockets.get(ANY_LOCAL);
    if (!socket) return;
    const dual = socket === this.#sockets.get(ANY_LOCAL) && this.#dualStack;
    const address = dual && net.isIPv4(path.address) ? `::ffff:${path.address}` : path.address;
    try {
      socket.send(datagram, path.port, address, (error) => {
        if (error) this.#options.counters.add('udp-send-failed');
      });
    } catch {
      this.#options.counters.add('udp-send-failed');
    }
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    const sockets = [...this.#sockets.values()];
    this.#sockets.clear();
    await Promise.all(sockets.map(closeSocket));
  }

  /** Fails when any other program has the port: SO_REUSEPORT alone would let two hosts share it unnoticed. */
  async #claim(address: string): Promise<void> {
    const { port, purpose } = this.#options;
    const socket = dgram.createSocket({ type: typeOf(address) });
    try {
      await listen(socket, port, address);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (isWildcard(address) && isFamilyMissing(code)) return;
      throw new Error(
        code === 'EADDRINUSE'
          ? `UDP port ${port} (${purpose}) is in use by another program, perhaps another ` +
              'game-streaming host. Stop that one, or start Earthshine with another --base-port.'
          : code === 'EADDRNOTAVAIL'
            ? `${address} is no address of this machine. Correct --bind.`
            : `UDP port ${port} (${purpose}) cannot be opened on ${address}: ${message}`,
        { cause: error },
      );
    } finally {
      await closeSocket(socket);
    }
  }

  async #openWildcard(address: string): Promise<void> {
    try {
      await this.#bind(address, ANY_LOCAL);
      this.#dualStack = address === '::';
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (address !== '::' || !isFamilyMissing(code)) throw error;
      this.#options.log.info('IPv6 is off on this machine; listening on IPv4 only');
      await this.#claim('0.0.0.0');
      await this.#bind('0.0.0.0', ANY_LOCAL);
    }
  }

  /** Opens sockets for addresses that came and closes those of addresses that went. */
  async #refresh(): Promise<void> {
    if (this.#refreshing) return;
    this.#refreshing = true;
    try {
      await this.#followAddresses();
    } catch (error) {
      // Without a free descriptor the addresses cannot be read; what is open stays open.
      this.#options.log.warn({ err: error }, "the machine's addresses could not be read");
    } finally {
      this.#refreshing = false;
    }
  }

  async #followAddresses(): Promise<void> {
    const wanted = new Set(machineAddresses(this.#options.addresses, this.#dualStack));
    for (const [local, socket] of this.#sockets) {
      if (local === ANY_LOCAL || wanted.has(local) || this.#options.addresses.includes(local)) {
        continue;
      }
      this.#sockets.delete(local);
      await closeSocket(socket);
    }
    for (const address of wanted) {
      if (this.#closed) return;
      if (this.#sockets.has(address)) continue;
      try {
        await this.#bind(address, address);
      } catch (error) {
        // An IPv6 address may still be tentative; the next look tries again.
        this.#options.log.debug({ err: error, address }, 'a local address could not be bound');
      }
    }
  }

  async #bind(address: string, local: string): Promise<void> {
    const socket = dgram.createSocket({
      type: typeOf(address),
      lookup: numericLookup,
      reusePort: true,
      recvBufferSize: RECEIVE_BUFFER,
      ...(address !== '::' && net.isIPv6(address) ? { ipv6Only: true } : {}),
    });
    try {
      await listen(socket, this.#options.port, address);
    } catch (error) {
      await closeSocket(socket);
      throw error;
    }
    if (this.#closed) {
      await closeSocket(socket);
      return;
    }
    this.#sockets.set(local, socket);
    socket.on('error', (error) => {
      this.#options.counters.add('udp-socket-error');
      this.#options.log.warn({ err: error, address }, `a ${this.#options.purpose} socket failed`);
    });
    socket.on('message', (bytes, from) => {
      const path = { address: normalizeAddress(from.address), port: from.port, local };
      this.#options.onDatagram(bytes, path);
    });
  }
}

/** The address that this machine would send from to a client, by the kernel's routes. */
export async function sourceAddressFor(remote: string): Promise<string> {
  const socket = dgram.createSocket(typeOf(remote));
  try {
    socket.connect(9, remote);
    await once(socket, 'connect');
    return normalizeAddress(socket.address().address);
  } finally {
    await closeSocket(socket);
  }
}

/** Addresses here are numbers already: without this, Node puts off every send to look them up. */
function numericLookup(
  address: string,
  _options: unknown,
  found: (error: null, address: string, family: number) => void,
): void {
  found(null, address, net.isIP(address));
}

async function listen(socket: dgram.Socket, port: number, address: string): Promise<void> {
  const listening = once(socket, 'listening');
  socket.bind({ port, address, exclusive: true });
  await listening;
}

function machineAddresses(configured: readonly string[], dualStack: boolean): string[] {
  const v6 = configured.includes('::') && dualStack;
  const addresses = Object.entries(os.networkInterfaces()).flatMap(([name, entries]) =>
    (entries ?? [])
      .filter(({ family }) => family === 'IPv4' || v6)
      .map(({ address, scopeid }) => (scopeid ? `${address}%${name}` : address)),
  );
  return [...new Set(addresses)];
}

function isWildcard(address: string): boolean {
  return address === '::' || address === '0.0.0.0';
}

function isFamilyMissing(code: string | undefined): boolean {
  return code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL';
}

function typeOf(address: string): dgram.SocketType {
  return net.isIPv6(address) ? 'udp6' : 'udp4';
}

function closeSocket(socket: dgram.Socket): Promise<void> {
  return new Promise((resolve) => {
    try {
      socket.close(() => resolve());
    } catch {
      resolve();
    }
  });
}
