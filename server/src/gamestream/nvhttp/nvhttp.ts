import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Logger } from 'pino';
import { TLSSocket } from 'node:tls';
import { isDeviceAt, type Device, type Devices } from '../../devices/devices.ts';
import { permissionRefusal } from '../../devices/permissions.ts';
import type { PairingRequests } from '../../devices/pairing-requests.ts';
import { ToldAtIntervals } from '../../telemetry/told-at-intervals.ts';
import { Counters } from '../../telemetry/counters.ts';
import { normalizeAddress } from '../../network/address.ts';
import { fingerprintOf } from '../pairing/certificate.ts';
import { Pairing } from '../pairing/pairing.ts';
import { closeGracefully, ConnectionLimits } from './connection-limits.ts';
import { listen } from '../../network/listen.ts';
import { watchWhileConnected } from '../../network/request-watch.ts';
import { MAX_TARGET_LENGTH, parseTarget } from './query.ts';
import type { RouteAnswer, RouteContext, RouteRequest } from './route.ts';
import { ROUTES } from './routes.ts';
import { renderXml, type XmlAnswer } from './xml.ts';

export interface NvHttpOptions extends Omit<RouteContext, 'pairing'> {
  readonly devices: Devices;
  readonly desk: PairingRequests;
  /** addresses to listen on; empty: all, IPv6 too where the machine has it */
  readonly addresses: readonly string[];
  /** clients from the internet may connect */
  readonly allowPublic: () => boolean;
  /** milliseconds in which a request has to be complete; 10 s */
  readonly requestTimeout?: number;
}

/** A request has to be complete so soon; phase 1 and /launch may take their time to be answered. */
const REQUEST_TIMEOUT_MS = 10_000;
/** The request line, and headers beside it. */
const MAX_HEADER_SIZE = MAX_TARGET_LENGTH + 8192;

const UNAUTHORIZED = 'The client is not authorized. Certificate verification failed.';

/** The plain HTTP and the mutual-TLS HTTPS server of GameStream (protocol 1 §2). */
export class NvHttp {
  /** what was refused or malformed, by kind */
  readonly counters = new Counters();
  readonly #devices: Devices;
  readonly #addresses: readonly string[];
  readonly #log: Logger;
  readonly #context: RouteContext;
  readonly #limits: ConnectionLimits;
  readonly #serverOptions: http.ServerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #failures = new ToldAtIntervals((more) =>
    this.#log.error({ more }, 'More GameStream requests failed in 10 s.'),
  );
  #servers: http.Server[] = [];
  #closing: Promise<void> | undefined;

  constructor(options: NvHttpOptions) {
    const {
      devices,
      desk,
      addresses,
      allowPublic,
      requestTimeout = REQUEST_TIMEOUT_MS,
      ...context
    } = options;
    const { log, identity } = context;
    this.#devices = devices;
    this.#addresses = addresses;
    this.#log = log;
    this.#limits = new ConnectionLimits({
      counters: this.counters,
      allowPublic,
      isKnown: (address) => isDeviceAt(devices, address),
    });
    this.#serverOptions = {
      maxHeaderSize: MAX_HEADER_SIZE,
      headersTimeout: requestTimeout,
      requestTimeout,
      keepAlive: false,
      noDelay: true,
    };
    this.#context = {
      ...context,
      pairing: new Pairing({ identity, desk, counters: this.counters, log }),
    };
  }

  /**
   * Listens on both ports, or on none.
   *
   * @throws ListenFailed
   */
  async open(): Promise<void> {
    const { ports } = this.#context;
    try {
      await listen(() => this.#httpServer(), ports.http, this.#addresses);
      await listen(() => this.#httpsServer(), ports.https, this.#addresses);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Where the servers listen, for the log and for tests. */
  get listening(): readonly AddressInfo[] {
    return this.#servers.flatMap((server) => (server.address() as AddressInfo | null) ?? []);
  }

  /** Ends every connection at once. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      const closed = this.#servers.map(
        (server) => new Promise<void>((resolve) => server.close(() => resolve())),
      );
      for (const socket of this.#sockets) socket.destroy();
      await Promise.all(closed);
    })();
    return this.#closing;
  }

  #httpServer(): http.Server {
    const server = http.createServer(this.#serverOptions, (request, response) => {
      void this.#handle('http', request, response);
    });
    server.on('connection', closeGracefully);
    return this.#prepare(server);
  }

  #httpsServer(): https.Server {
    const server = https.createServer(
      {
        ...this.#serverOptions,
        key: this.#context.identity.privateKeyPem,
        // The leaf alone: clients apply their pin only to a chain of one (protocol 1 §2.2).
        cert: this.#context.identity.certificate.pem,
        minVersion: 'TLSv1.2',
        maxVersion: 'TLSv1.3',
        ALPNProtocols: ['http/1.1'],
        handshakeTimeout: REQUEST_TIMEOUT_MS,
        // Any certificate may finish the handshake: a refused one makes clients show the host as offline
        // instead of not paired. Each request is then decided by the certificate's exact bytes.
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => {
        void this.#handle('https', request, response);
      },
    );
    server.on('secureConnection', closeGracefully);
    server.on('tlsClientError', () => this.counters.add('tls-handshake'));
    this.#prepare(server);
    return server;
  }

  #prepare(server: http.Server): http.Server {
    server.maxRequestsPerSocket = 1;
    watchWhileConnected(server);
    server.prependListener('connection', (socket: Socket) => {
      if (!this.#limits.admit(socket)) return;
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      this.#refuseMalformed(error, socket as Socket);
    });
    this.#servers.push(server);
    return server;
  }

  /** What Node's parser gave up on: probes and resets in silence, the rest with a readable answer. */
  #refuseMalformed(error: NodeJS.ErrnoException, socket: Socket): void {
    const isSyntax = error.code?.startsWith('HPE_') ?? false;
    this.counters.add(isSyntax ? 'http-malformed' : 'http-aborted');
    if (!isSyntax || !socket.writable) {
      socket.destroy();
      return;
    }
    const body = renderXml({ status: 400, message: 'The request is malformed.' });
    socket.write(
      'HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nConnection: close\r\n' +
        `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
    socket.destroySoon();
  }

  async #handle(
    kind: 'http' | 'https',
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> {
    // Somebody who sends a body is not waited for.
    request.resume();
    let answer: RouteAnswer;
    try {
      answer = await this.#answer(kind, request, response);
    } catch (error) {
      this.#failures.tell(() =>
        this.#log.error(
          { err: error, server: kind },
          'A GameStream request failed inside the host.',
        ),
      );
      answer = { status: 500, message: 'The host failed to answer. Its log says why.' };
    }
    send(response, answer);
  }

  #answer(
    kind: 'http' | 'https',
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): RouteAnswer | Promise<RouteAnswer> {
    const { socket } = request;
    const target = parseTarget(request.url ?? '');
    const remoteAddress = normalizeAddress(socket.remoteAddress);
    let device: Device | undefined;
    if (kind === 'https') {
      device = this.#authorized(socket);
      if (!device) {
        this.counters.add('unauthorized');
        return { status: 401, message: UNAUTHORIZED, query: target?.path ?? '/' };
      }
      this.#limits.recognise(socket);
      this.#devices.seen(device.fingerprint, remoteAddress);
    }
    if (!target) {
      this.counters.add('query-malformed');
      return { status: 400, message: 'The request is malformed.' };
    }
    if (request.method !== 'GET') {
      this.counters.add('method');
      return { status: 405, message: 'Only GET is answered here.' };
    }
    const route = ROUTES.find((entry) => entry.server === kind && entry.path === target.path);
    if (!route) return this.#unknownPath();
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const asked: RouteRequest = {
      query: target.query,
      remoteAddress,
      localAddress: normalizeAddress(socket.localAddress),
      gone: gone.signal,
    };
    if (route.class !== 'paired') {
      return route.answer(this.#context, device ? { ...asked, device } : asked);
    }
    // Holds by the check above; stays right should a paired route ever be listed for plain HTTP.
    if (!device) return this.#unknownPath();
    if (route.permission && !device[route.permission]) {
      this.counters.add('not-permitted');
      return { status: 403, message: permissionRefusal(route.permission) };
    }
    return route.answer(this.#context, { ...asked, device });
  }

  #unknownPath(): XmlAnswer {
    this.counters.add('unknown-path');
    return { status: 404, message: 'There is nothing here.' };
  }

  /** The device with exactly this certificate, if it is enabled. Asked for every request. */
  #authorized(socket: Socket): Device | undefined {
    if (!(socket instanceof TLSSocket)) return undefined;
    const raw = socket.getPeerX509Certificate()?.raw;
    const device = raw && this.#devices.find(fingerprintOf(raw));
    return device?.enabled ? device : undefined;
  }
}

function send(response: http.ServerResponse, answer: RouteAnswer): void {
  if (typeof answer === 'object' && 'lines' in answer) {
    void sendLines(response, answer.lines);
    return;
  }
  let status = 200;
  let type = 'application/xml';
  let body: Buffer;
  if (answer === 'no-image') {
    status = 404;
    body = Buffer.from(renderXml({ status: 404, message: 'There is no picture.' }));
  } else if ('png' in answer) {
    type = 'image/png';
    body = answer.png;
  } else {
    body = Buffer.from(renderXml(answer));
  }
  response.writeHead(status, {
    'Content-Type': type,
    'Content-Length': body.length,
    Connection: 'close',
  });
  response.end(body);
}

/** Each line leaves as it comes; a source that fails, or a client that goes, ends the answer. */
async function sendLines(
  response: http.ServerResponse,
  lines: AsyncIterable<string>,
): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/x-ndjson', Connection: 'close' });
  try {
    for await (const line of lines) {
      if (response.destroyed) break;
      response.write(`${line}\n`);
    }
    response.end();
  } catch {
    response.destroy();
  }
}
