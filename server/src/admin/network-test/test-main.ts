import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import {
  CLOSE_CODES,
  DIRECTION_BYTES,
  DIRECTION_MS,
  ROLES,
  SOCKET_PATH,
  WHOLE_MS,
} from './messages.ts';
import type { FromTest, Role, TestEnd, ToTest } from './messages.ts';
import { acceptOf, binaryFrame, TestSocket } from './web-socket.ts';

/** Small enough that a stop is heard soon, large enough that most of the work is the cipher's. */
const FRAME_BYTES = 64 * 1024;
/** between two counts of what arrived, milliseconds */
const TELL_MS = 50;
/** A time of the page's clock, sent back as it is. */
const LONGEST_ECHO = 32;

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
  readonly #sockets = new Map<Role, TestSocket>();

  constructor({ ticket, certificate }: Extract<ToTest, { type: 'begin' }>) {
    this.#ticket = Buffer.from(ticket);
    this.#server = https.createServer({ ...certificate, minVersion: 'TLSv1.2' });
    this.#server.on('tlsClientError', () => undefined);
    // Another connection of the same browser that was opened just then: it asks once more and reaches the host.
    this.#server.on('request', (request, response) => {
      response.writeHead(307, { Location: request.url ?? '/', Connection: 'close' });
      response.end();
    });
    this.#server.on('upgrade', (request, stream) => this.#upgrade(request, stream));
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

  #upgrade(request: IncomingMessage, stream: Duplex): void {
    const role = this.#roleOf(request);
    const key = request.headers['sec-websocket-key'];
    if (role === undefined || key === undefined || this.#sockets.has(role)) {
      stream.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    stream.write(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        `Sec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`,
    );
    const socket = new TestSocket(stream);
    this.#sockets.set(role, socket);
    if (role === 'delay') {
      socket.on('text', (text) => {
        if (text.length <= LONGEST_ECHO) socket.send(text);
      });
    } else carryLoad(socket);
    socket.on('closed', () => this.end('over'));
    tell({ type: 'joined', role });
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

/** Does what the page says: `down`, `up`, `stop`. */
function carryLoad(socket: TestSocket): void {
  let stop: () => void = () => undefined;
  socket.on('text', (text) => {
    stop();
    if (text === 'down') stop = sendBytes(socket);
    else if (text === 'up') stop = countBytes(socket);
  });
  socket.on('closed', () => stop());
}

/** @returns ends it */
function sendBytes(socket: TestSocket): () => void {
  const frame = binaryFrame(randomBytes(FRAME_BYTES));
  let isOver = false;
  let sent = 0;
  const end = () => {
    clearTimeout(timer);
    if (!isOver) socket.send('sent');
    isOver = true;
  };
  const timer = setTimeout(end, DIRECTION_MS);
  const more = () => {
    // A turn of the loop for each: the page's `stop` has to be heard.
    if (isOver) return;
    sent += frame.length;
    const isRoom = socket.write(frame);
    if (sent >= DIRECTION_BYTES) end();
    else if (isRoom) setImmediate(more);
    else socket.onceDrained(more);
  };
  more();
  return end;
}

/** Tells how much has arrived, by the clock that counts it. @returns ends it */
function countBytes(socket: TestSocket): () => void {
  const began = performance.now();
  let received = 0;
  const count = (bytes: number) => {
    received += bytes;
    if (received > DIRECTION_BYTES) socket.close(CLOSE_CODES.over);
  };
  const say = () =>
    socket.send(JSON.stringify({ received, at: Math.round(performance.now() - began) }));
  const telling = setInterval(say, TELL_MS);
  const end = () => {
    clearInterval(telling);
    clearTimeout(timer);
    socket.off('bytes', count);
  };
  const timer = setTimeout(() => socket.close(CLOSE_CODES.over), DIRECTION_MS + 1000);
  socket.on('bytes', count);
  return () => {
    say();
    end();
  };
}
