import http from 'node:http';
import type { Server, Socket } from 'node:net';

import { normalizeAddress } from '../network/address.ts';
import { isOwnHost } from './request-origin.ts';

/** The first byte of a TLS connection: a handshake record. */
const HANDSHAKE = 0x16;

/**
 * Hands a connection to TLS, or to `plain` when it speaks something else first. Nobody sees a byte less for that.
 *
 * @param server of TLS, that listens; its own listener for connections is called once one turns out to be TLS
 * @param limit milliseconds in which the first byte has to come
 * @returns ends the connections that have said nothing yet
 */
export function tellTlsFromPlain(server: Server, plain: http.Server, limit: number): () => void {
  const secure = server.listeners('connection') as ((socket: Socket) => void)[];
  const silent = new Set<Socket>();
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), limit);
    const ignore = () => undefined;
    silent.add(socket);
    // Until somebody else listens: a reset is no fault of the host.
    socket.on('error', ignore);
    socket.once('close', () => {
      clearTimeout(timer);
      silent.delete(socket);
    });
    socket.once('readable', () => {
      clearTimeout(timer);
      silent.delete(socket);
      const first = socket.read() as Buffer | null;
      if (first === null) return socket.destroy();
      socket.unshift(first);
      if (first[0] === HANDSHAKE) for (const listener of secure) listener.call(server, socket);
      else plain.emit('connection', socket);
      socket.off('error', ignore);
    });
  });
  return () => {
    for (const socket of silent) socket.destroy();
  };
}

/**
 * Answers who left out the `s`: browsers follow to the same page over HTTPS, programs and people get a sentence. Nothing
 * that came with the request is looked at but where it wanted to go.
 *
 * @param ownHosts names by which this machine may be asked for: it sends nobody to another
 */
export function plainServer(
  options: http.ServerOptions,
  ownHosts: () => Iterable<string>,
): http.Server {
  return http.createServer(options, (request, response) => {
    const { host } = request.headers;
    const known = host !== undefined && isOwnHost(host, ownHosts());
    const origin = `https://${known ? host : reached(request.socket)}`;
    // To the page itself only for who looks at one; a target of another form than a path is no page of ours.
    const page = request.method === 'GET' || request.method === 'HEAD';
    const isPath = /^\/(?![/\\])[\x21-\x7e]*$/.test(request.url ?? '');
    const target = `${origin}${page && isPath ? request.url : '/'}`;
    const sentence = `The admin speaks HTTPS alone. Open ${target}\n`;
    response.writeHead(page ? 307 : 400, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': Buffer.byteLength(sentence),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      Connection: 'close',
      ...(page && { Location: target }),
    });
    response.end(request.method === 'HEAD' ? undefined : sentence);
  });
}

function reached({ localAddress, localPort }: Socket): string {
  const address = normalizeAddress(localAddress);
  return `${address.includes(':') ? `[${address}]` : address}:${localPort}`;
}
