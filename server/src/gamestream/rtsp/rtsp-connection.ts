import type net from 'node:net';

import { AnswerDeadline } from '../../telemetry/answer-deadline.ts';
import type { ParsedRequest, RtspRequest, RtspResponse } from './message.ts';
import { echoedSequence, formatResponse, MAX_REQUEST_BYTES, RequestReader } from './message.ts';
import { looksSealed, sealedLength, SEALED_HEADER_BYTES } from './sealed-frame.ts';

/** What a connection brought, as far as its bytes tell. */
export type Arrived =
  | { readonly kind: 'plain'; readonly request: RtspRequest }
  | { readonly kind: 'sealed'; readonly frame: Buffer }
  | { readonly kind: 'malformed'; readonly reason: string }
  /** closed without a byte: a probe (protocol 1 §1.1) */
  | { readonly kind: 'probe' }
  /** closed, broken or silent in the middle of a request */
  | { readonly kind: 'abandoned' };

/** The whole request must be here by then; a client writes it at once. */
const REQUEST_TIME_LIMIT = 10_000;
/** Bytes: most requests are shorter. */
const FIRST_BUFFER = 1024;
/** A client closes as soon as it has read to our end. */
const CLOSE_TIME_LIMIT = 5_000;

/** Reads one request of either kind. Never rejects; the socket stays open for the answer. */
export function readRequest(socket: net.Socket): Promise<Arrived> {
  return new Promise((resolve) => {
    const reader = new RequestReader();
    let buffer: Buffer = Buffer.alloc(FIRST_BUFFER);
    let length = 0;
    const finish = (arrived: Arrived): void => {
      deadline.clear();
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      // What follows the request is read and dropped: closing with unread input would send a reset, and the
      // client would report that instead of our answer.
      socket.resume();
      resolve(arrived);
    };
    const onEnd = (): void => finish({ kind: length === 0 ? 'probe' : 'abandoned' });
    const onData = (chunk: Buffer): void => {
      if (length + chunk.length > buffer.length) {
        // Doubled, so that a request in many small pieces is not copied with each of them.
        const larger = Buffer.alloc(Math.max(buffer.length * 2, length + chunk.length));
        buffer.copy(larger, 0, 0, length);
        buffer = larger;
      }
      length += chunk.copy(buffer, length);
      const bytes = buffer.subarray(0, length);
      const arrived = looksSealed(bytes) ? takeSealed(bytes) : plain(reader.read(bytes));
      if (arrived) finish(arrived);
    };
    const deadline = new AnswerDeadline(onEnd);
    deadline.set(REQUEST_TIME_LIMIT);
    socket.on('data', onData).on('end', onEnd).on('close', onEnd);
  });
}

function plain(parsed: ParsedRequest): Arrived | undefined {
  switch (parsed.kind) {
    case 'incomplete':
      return undefined;
    case 'malformed':
      return parsed;
    case 'request':
      return { kind: 'plain', request: parsed.request };
  }
}

function takeSealed(bytes: Buffer): Arrived | undefined {
  const length = sealedLength(bytes);
  if (length === undefined) return undefined;
  if (length > MAX_REQUEST_BYTES + SEALED_HEADER_BYTES) {
    return { kind: 'malformed', reason: 'too long' };
  }
  if (bytes.length < length) return undefined;
  return { kind: 'sealed', frame: bytes.subarray(0, length) };
}

/** @param seal absent on plain RTSP */
export function sendResponse(
  socket: net.Socket,
  request: RtspRequest | undefined,
  response: RtspResponse,
  seal?: (plaintext: Buffer) => Buffer,
): void {
  const bytes = formatResponse(echoedSequence(request), response);
  socket.end(seal ? seal(bytes) : bytes);
  const timer = setTimeout(() => socket.destroy(), CLOSE_TIME_LIMIT);
  socket.once('close', () => clearTimeout(timer));
  // The client waits for our end and then closes; with half-open sockets our side must follow its end too.
  if (socket.readableEnded) socket.destroySoon();
  else socket.once('end', () => socket.destroySoon());
}
