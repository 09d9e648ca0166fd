import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import tls, { type TLSSocket } from 'node:tls';
import type { ClientIdentity } from './client-identity.ts';
import { LineSplitter } from './line-splitter.ts';
import { XmlAnswer } from './xml-answer.ts';

/** What every installation of Android, iOS and Embedded calls itself, and Qt on first contact. */
const UNIQUE_ID = '0123456789ABCDEF';
const LINES = 'application/x-ndjson';

export interface HostAddress {
  /** numeric or a name */
  readonly host: string;
  /** the base port */
  readonly httpPort: number;
}

export interface RawAnswer {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

/** The host answered with another XML status than 200. */
export class HostRefused extends Error {
  readonly status: number;
  /** the host's own sentence */
  readonly hostMessage: string;
  constructor(path: string, answer: XmlAnswer) {
    super(`Host returned error: ${answer.message} (Error ${answer.status}) for ${path}`);
    this.name = 'HostRefused';
    this.status = answer.status;
    this.hostMessage = answer.message;
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** HTTP and HTTPS requests as stock clients make them: GET, one per connection, the pin checked. */
export class HostRequests {
  readonly #address: HostAddress;
  readonly #identity: ClientIdentity;
  /** DER of the host's certificate, from pairing */
  pin: Buffer | undefined;
  httpsPort: number;

  constructor(address: HostAddress, identity: ClientIdentity, pin?: Buffer) {
    this.#address = address;
    this.#identity = identity;
    this.pin = pin;
    this.httpsPort = address.httpPort - 5;
  }

  /** @throws HostRefused for any XML status but 200 */
  async http(path: string, query: Query, options: RequestLimits = {}): Promise<XmlAnswer> {
    return this.#checked(path, await this.rawHttp(path, query, options));
  }

  /** @throws HostRefused for any XML status but 200 */
  async https(path: string, query: Query, options: RequestLimits = {}): Promise<XmlAnswer> {
    return this.#checked(path, await this.rawHttps(path, query, options));
  }

  rawHttp(path: string, query: Query, options: RequestLimits = {}): Promise<RawAnswer> {
    return request(
      http.get({
        host: this.#address.host,
        port: this.#address.httpPort,
        path: target(path, query),
        agent: false,
        ...signalOf(options),
      }),
    );
  }

  rawHttps(path: string, query: Query, options: RequestLimits = {}): Promise<RawAnswer> {
    return request(this.#startHttps(path, query, options));
  }

  /**
   * An answer that comes line by line for as long as both sides keep the connection (the speed test).
   *
   * @throws HostRefused when the host answers with XML instead
   */
  async httpsLines(
    path: string,
    query: Query,
    options: RequestLimits = {},
  ): Promise<AsyncIterable<string>> {
    const running = this.#startHttps(path, query, options);
    // The end of the connection is told by the lines.
    running.on('error', () => undefined);
    const [response] = (await once(running, 'response')) as [http.IncomingMessage];
    if (response.headers['content-type'] === LINES) return linesOf(response);
    this.#checked(path, await bodyOf(response));
    throw new Error(`The host answered ${path} with something else than lines.`);
  }

  /**
   * Opens a connection ahead of a request that shall not wait for a handshake, because the way from the host is about
   * to be full. The host closes it when no request comes within 10 s.
   */
  async connectAhead(): Promise<TLSSocket> {
    const socket = tls.connect({
      host: this.#address.host,
      port: this.httpsPort,
      ALPNProtocols: ['http/1.1'],
      ...this.#credentials({}),
    });
    // Nobody listens while it waits; a request on it will find out.
    socket.on('error', () => undefined);
    try {
      await once(socket, 'secureConnect');
      this.#checkPin(socket);
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  #startHttps(path: string, query: Query, options: RequestLimits): http.ClientRequest {
    const { connection } = options;
    const running = https.get({
      host: this.#address.host,
      port: this.httpsPort,
      path: target(path, query),
      agent: false,
      ...this.#credentials(options),
      ...(connection && { createConnection: () => connection }),
      ...signalOf(options),
    });
    running.once('socket', (socket) => {
      socket.once('secureConnect', () => {
        try {
          this.#checkPin(socket as TLSSocket);
        } catch (error) {
          running.destroy(error as Error);
        }
      });
    });
    return running;
  }

  #credentials({ withoutCertificate }: RequestLimits): tls.ConnectionOptions {
    // The host's certificate is self-signed; what counts is the pin.
    if (withoutCertificate) return { rejectUnauthorized: false };
    const { certificatePem: cert, privateKeyPem: key } = this.#identity;
    return { rejectUnauthorized: false, cert, key };
  }

  /** @throws Error */
  #checkPin(socket: TLSSocket): void {
    if (this.pin && !socket.getPeerX509Certificate()?.raw.equals(this.pin)) {
      throw new Error('The host presents another certificate than the pinned one.');
    }
  }

  #checked(path: string, answer: RawAnswer): XmlAnswer {
    // A client never reads the body of an HTTP error.
    if (answer.status !== 200) throw new Error(`HTTP status ${answer.status} for ${path}`);
    const xml = new XmlAnswer(answer.body.toString('utf8'));
    if (xml.status !== 200) throw new HostRefused(path, xml);
    return xml;
  }
}

export interface RequestLimits {
  readonly signal?: AbortSignal;
  /** milliseconds; without it as long as it takes */
  readonly timeout?: number;
  /** HTTPS like a client that has none */
  readonly withoutCertificate?: boolean;
  /** from `connectAhead`; serves one request, and is closed by whoever opened it */
  readonly connection?: TLSSocket;
}

function signalOf(options: RequestLimits): { signal?: AbortSignal } {
  const signals = [
    ...(options.signal ? [options.signal] : []),
    ...(options.timeout ? [AbortSignal.timeout(options.timeout)] : []),
  ];
  return signals.length > 0 ? { signal: AbortSignal.any(signals) } : {};
}

function target(path: string, query: Query): string {
  const parameters = new URLSearchParams({
    uniqueid: UNIQUE_ID,
    uuid: randomBytes(16).toString('hex'),
  });
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return `/${path}?${parameters.toString()}`;
}

function request(running: http.ClientRequest): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    running.once('error', reject);
    running.once('response', (response) => resolve(bodyOf(response)));
  });
}

async function bodyOf(response: http.IncomingMessage): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'],
    body: Buffer.concat(chunks),
  };
}

async function* linesOf(response: http.IncomingMessage): AsyncIterable<string> {
  const splitter = new LineSplitter();
  for await (const chunk of response) yield* splitter.push(chunk as Buffer);
}
