import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { WebSocketServer } from 'ws';
import type { RawData, WebSocket } from 'ws';

import {
  CLOSE_CODES,
  DIRECTION_BYTES,
  DIRECTION_MS,
  ROLES,
  SOCKET_PATH,
  WHOLE_MS,
} from './messages.ts';
import type { FromTest, Role, TestEnd, ToTest } from './messages.ts';

/** Small enough that a stop is heard soon, large enough that most of the work is the cipher's. */
const MESSAGE_BYTES = 64 * 1024;
/** Messages under way to the kernel, so that it never waits for the next. */
const AHEAD = 4;
/** Of what a page sends at once; nothing of it is kept but its length. */
const MOST_BYTES = 1024 * 1024;
/** between two counts of what arrived, milliseconds */
const TELL_MS = 50;
/** A word, or a time of the page's clock, which is sent back as it is. */
const LONGEST_TEXT = 32;

/**
 * The process of one network test. It gets the connections that the page opens before a byte of them was read, so
 * that ten seconds of ciphers are nobody's main thread, and ends with the test.
 */
export function runNetworkTestProcess(): void {
  let test: NetworkTest | undefined;
  process.on('message', (message: ToTest, socket: Socket | undefined) => {
    switch (message.type) {
      case 'begin':
        test = new NetworkTest(message);
        tell({ type: 'ready' });
        break;
      case 'connection':
        // It may have ended on its way here.
        if (socket) test?.take(socket);
        break;
      case 'end':
        test?.end(message.why);
    }
  });
  // The host is gone, or has seen enough.
  process.on('disconnect', () => process.exit(0));
  setTimeout(() => test?.end('over'), WHOLE_MS);
}

function tell(message: FromTest): void {
  if (process.connected) process.send!(message);
}

class NetworkTest {
  readonly #ticket: Buffer;
  readonly #server: https.Server;
  readonly #webSockets = new WebSocketServer({ noServer: true, maxPayload: MOST_BYTES });
  readonly #sockets = new Map<Role, WebSocket>();

  constructor({ ticket, certificate }: Extract<ToTest, { type: 'begin' }>) {
    this.#ticket = Buffer.from(ticket);
    this.#server = https.createServer({ ...certificate, minVersion: 'TLSv1.2' });
    this.#server.on('tlsClientError', () => undefined);
    // Another connection of the same browser that was opened just then: it asks once more and reaches the host.
    this.#server.on('request', (request, response) => {
      response.writeHead(307, { Location: request.url ?? '/', Connection: 'close' });
      response.end();
    });
    this.#server.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
  }

  take(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    socket.setNoDelay(true);
    this.#server.emit('connection', socket);
  }

  end(why: TestEnd): void {
    for (const socket of this.#sockets.values()) socket.close(CLOSE_CODES[why]);
    this.#server.closeAllConnections();
    // What was written last may still be on its way.
    setTimeout(() => process.exit(0), 200);
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const role = this.#roleOf(request);
    if (role === undefined || this.#sockets.has(role)) {
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    this.#webSockets.handleUpgrade(request, stream, head, (socket) => {
      this.#sockets.set(role, socket);
      // What is no WebSocket's is answered with its code, and closes.
      socket.on('error', () => undefined);
      socket.on('close', () => this.end('over'));
      if (role === 'delay') onText(socket, (text) => say(socket, text));
      else carryLoad(socket);
      tell({ type: 'joined', role });
    });
  }

  /** @returns undefined for whoever has no ticket, or comes from another site's page */
  #roleOf({ url = '', headers }: IncomingMessage): Role | undefined {
    const { pathname, searchParams } = new URL(url, 'https://host');
    const ticket = Buffer.from(searchParams.get('ticket') ?? '');
    const isRight = ticket.length === this.#ticket.length && timingSafeEqual(ticket, this.#ticket);
    const isOwn = headers.origin === undefined || headers.origin === `https://${headers.host}`;
    return pathname === SOCKET_PATH && isRight && isOwn
      ? ROLES.find((role) => role === searchParams.get('role'))
      : undefined;
  }
}

function onText(socket: WebSocket, heard: (text: string) => void): void {
  socket.on('message', (data: RawData, isBinary) => {
    if (!isBinary && lengthOf(data) <= LONGEST_TEXT) heard(String(data));
  });
}

function say(socket: WebSocket, text: string): void {
  if (socket.readyState === socket.OPEN) socket.send(text);
}

/** As `ws` gives what arrives: one buffer, unless it is asked for something else. */
const lengthOf = (data: RawData): number => (data as Buffer).length;

/** Does what the page says: `down`, `up`, `stop`. */
function carryLoad(socket: WebSocket): void {
  let stop: () => void = () => undefined;
  onText(socket, (text) => {
    stop();
    if (text === 'down') stop = sendBytes(socket);
    else if (text === 'up') stop = countBytes(socket);
  });
  socket.on('close', () => stop());
}

/** @returns ends it */
function sendBytes(socket: WebSocket): () => void {
  const message = randomBytes(MESSAGE_BYTES);
  let isOver = false;
  let sent = 0;
  const end = () => {
    clearTimeout(timer);
    if (!isOver) say(socket, 'sent');
    isOver = true;
  };
  const timer = setTimeout(end, DIRECTION_MS);
  const more = (error?: Error | null) => {
    if (isOver || error) return;
    sent += message.length;
    if (sent > DIRECTION_BYTES) end();
    else socket.send(message, more);
  };
  for (let ahead = 0; ahead < AHEAD; ahead += 1) more();
  return end;
}

/** Tells how much has arrived, by the clock that counts it. @returns ends it */
function countBytes(socket: WebSocket): () => void {
  const began = performance.now();
  let received = 0;
  const count = (data: RawData, isBinary: boolean) => {
    if (isBinary) received += lengthOf(data);
    if (received > DIRECTION_BYTES) socket.close(CLOSE_CODES.over);
  };
  const report = () =>
    say(socket, JSON.stringify({ received, at: Math.round(performance.now() - began) }));
  const telling = setInterval(report, TELL_MS);
  const timer = setTimeout(() => socket.close(CLOSE_CODES.over), DIRECTION_MS + 1000);
  socket.on('message', count);
  return () => {
    report();
    clearInterval(telling);
    clearTimeout(timer);
    socket.off('message', count);
  };
}
