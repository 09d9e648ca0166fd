import net from 'node:net';

import type { Logger } from 'pino';

import type { Handshake, Launches } from '../launches.ts';
import { Counters } from '../../telemetry/counters.ts';
import { ToldAtIntervals } from '../../telemetry/told-at-intervals.ts';
import { normalizeAddress } from '../../network/address.ts';
import { ConnectionShare } from '../../network/connection-share.ts';
import { listen } from '../../network/listen.ts';
import { mayConnect } from '../../network/nearby.ts';
import type { ConversationOptions } from './conversation.ts';
import { Conversation } from './conversation.ts';
import type { RtspRequest, RtspResponse } from './message.ts';
import { parseRequest } from './message.ts';
import { readRequest, sendResponse } from './rtsp-connection.ts';
import { open, seal } from './sealed-frame.ts';

export interface RtspServerOptions extends ConversationOptions {
  readonly log: Logger;
  /** whose launches may come from an address */
  readonly sessions: Pick<Launches, 'handshakes'>;
  /** clients from the internet may connect */
  readonly allowPublic: () => boolean;
}

/**
 * A handshake needs one connection at a time; clients behind one NAT share an address. Only addresses of paired
 * devices that wait for their stream get this far, so each is counted by itself.
 */
const SHARES = { perShare: 16, strangers: 0, known: 256 } as const;

/**
 * RTSP over TCP: one request per connection, answered and closed (protocol 1 §3.1). A sealed request belongs
 * to the launch whose key opens it; a plain one to the launch of its source address, and to its `Session`.
 */
export class RtspServer {
  readonly counters = new Counters();
  readonly #options: RtspServerOptions;
  readonly #servers: net.Server[] = [];
  readonly #sockets = new Set<net.Socket>();
  readonly #share = new ConnectionShare(SHARES, () => true);
  /** on plain RTSP, whoever shares the address of a client may send steps */
  readonly #refusals = new ToldAtIntervals((more) =>
    this.#options.log.info({ more }, 'more rtsp steps refused in 10 s'),
  );
  readonly #conversations = new WeakMap<Handshake, Conversation>();

  constructor(options: RtspServerOptions) {
    this.#options = options;
  }

  /**
   * @param addresses numeric; none, or `['::']`: every address of the machine
   * @param port 0 chooses one
   * @returns the port
   * @throws ListenFailed with a sentence that names who holds the port
   */
  async open(addresses: readonly string[], port: number): Promise<number> {
    const make = (): net.Server => {
      const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
        this.#accept(socket),
      );
      this.#servers.push(server);
      return server;
    };
    return listen(make, port, addresses);
  }

  /** Ends open connections; may be called twice. */
  async close(): Promise<void> {
    const servers = this.#servers.splice(0);
    const closed = servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(closed);
  }

  #accept(socket: net.Socket): void {
    const address = normalizeAddress(socket.remoteAddress);
    socket.on('error', () => this.counters.add('connection-error'));
    const refusal = this.#refusal(socket, address);
    if (refusal !== undefined) {
      this.counters.add(refusal);
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    void this.#serve(socket, address);
  }

  /**
   * Who has no launch to play goes before a byte of it is read: what strangers hold open, no client can have. To a
   * client that only tries the port (protocol 1 §1.1) it makes no difference.
   */
  #refusal(socket: net.Socket, address: string): string | undefined {
    if (address === '') return 'probe';
    if (!mayConnect(address, this.#options.allowPublic())) return 'public-address';
    if (this.#options.sessions.handshakes(address).length === 0) return 'no-launch';
    return this.#share.take(socket) ? undefined : 'connection-refused';
  }

  async #serve(socket: net.Socket, address: string): Promise<void> {
    const arrived = await readRequest(socket);
    switch (arrived.kind) {
      case 'plain':
        return this.#servePlain(socket, address, arrived.request);
      case 'sealed':
        return this.#serveSealed(socket, address, arrived.frame);
      case 'malformed':
        this.counters.add('malformed');
        return sendResponse(socket, undefined, { status: 400 });
      case 'probe':
      case 'abandoned':
        this.counters.add(arrived.kind);
        socket.destroySoon();
    }
  }

  #servePlain(socket: net.Socket, address: string, request: RtspRequest): void {
    const candidates = this.#candidates(address);
    const plain = candidates.filter(({ handshake }) => !handshake.encrypted);
    if (plain.length === 0 && candidates.length > 0) {
      // The client of a sealed session refuses a plain answer; so whoever asks is not that client.
      this.counters.add('plain-on-sealed');
      socket.destroySoon();
      return;
    }
    const session = request.headers.get('session')?.split(';')[0]?.trim();
    const conversation =
      session === undefined ? plain[0] : plain.find((candidate) => candidate.id === session);
    if (!conversation) {
      this.counters.add('unknown-session');
      sendResponse(socket, request, { status: 454 });
      return;
    }
    sendResponse(socket, request, this.#respond(conversation, request));
  }

  #serveSealed(socket: net.Socket, address: string, frame: Buffer): void {
    for (const conversation of this.#candidates(address)) {
      const { handshake } = conversation;
      const opened = handshake.encrypted ? open(handshake.key, 'client', frame) : undefined;
      if (!opened) continue;
      if (!conversation.acceptSequence(opened.sequence)) {
        this.counters.add('replayed');
        break;
      }
      const parsed = parseRequest(opened.plaintext);
      const request = parsed.kind === 'request' ? parsed.request : undefined;
      if (!request) this.counters.add('malformed');
      const response: RtspResponse = request
        ? this.#respond(conversation, request)
        : { status: 400 };
      handshake.rtspSequence += 1;
      sendResponse(socket, request, response, (bytes) =>
        seal(handshake.key, 'host', handshake.rtspSequence, bytes),
      );
      return;
    }
    this.counters.add('not-authentic');
    socket.destroySoon();
  }

  #candidates(address: string): Conversation[] {
    return this.#options.sessions.handshakes(address).map((handshake) => {
      let conversation = this.#conversations.get(handshake);
      if (!conversation) {
        conversation = new Conversation(handshake, this.#options);
        this.#conversations.set(handshake, conversation);
      }
      return conversation;
    });
  }

  #respond(conversation: Conversation, request: RtspRequest): RtspResponse {
    const { launch } = conversation.handshake;
    const log = this.#options.log;
    try {
      const response = conversation.respond(request);
      if (response.status === 200) {
        log.debug({ launch, method: request.method }, 'rtsp step');
      } else {
        this.counters.add('refused');
        const { status } = response;
        this.#refusals.tell(() =>
          log.info({ launch, method: request.method, status }, 'rtsp step refused'),
        );
      }
      return response;
    } catch (error) {
      this.counters.add('failed');
      log.warn({ launch, method: request.method, err: error }, 'rtsp step failed');
      return { status: 500 };
    }
  }
}
