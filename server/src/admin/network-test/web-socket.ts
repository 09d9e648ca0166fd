import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Duplex } from 'node:stream';

/** RFC 6455, 1.3 */
const ACCEPT_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const TEXT = 0x1;
const BINARY = 0x2;
const CONTINUATION = 0x0;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
const PROTOCOL_ERROR = 1002;
const TOO_BIG = 1009;

/** Texts and control frames; a control frame may have no more. */
const MOST_TEXT = 125;
/** Of one frame of counted bytes. */
const MOST_BINARY = 16 * 1024 * 1024;

/** The answer's header that takes a WebSocket, for the key of the request. */
export function acceptOf(key: string): string {
  return createHash('sha1')
    .update(key + ACCEPT_GUID)
    .digest('base64');
}

/** A binary message of one frame, whole: it is written again and again. */
export function binaryFrame(payload: Buffer): Buffer {
  const header = Buffer.alloc(10);
  header[0] = 0x80 | BINARY;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([header, payload]);
}

interface Frame {
  readonly opcode: number;
  readonly mask: Buffer;
  readonly length: number;
}

/**
 * The host's end of one WebSocket of a network test: short texts both ways, and bytes of which only the number counts.
 * What is counted is never kept, so that a fast browser costs no memory.
 */
export class TestSocket extends EventEmitter<{
  text: [text: string];
  bytes: [count: number];
  closed: [];
}> {
  readonly #stream: Duplex;
  #header = Buffer.alloc(0);
  #frame: Frame | undefined;
  #left = 0;
  #kept: Buffer[] = [];
  #closed = false;
  #ending = false;

  /** @param stream after the handshake */
  constructor(stream: Duplex) {
    super();
    this.#stream = stream;
    stream.on('data', (bytes: Buffer) => this.#read(bytes));
    stream.on('error', () => this.#gone());
    stream.on('close', () => this.#gone());
    stream.on('end', () => this.#gone());
  }

  /** @param text of at most 125 ASCII characters */
  send(text: string): void {
    if (this.#ending || this.#closed) return;
    const payload = Buffer.from(text);
    this.#stream.write(Buffer.concat([Buffer.from([0x80 | TEXT, payload.length]), payload]));
  }

  /** @returns false when `drained` should be waited for */
  write(frame: Buffer): boolean {
    return !this.#ending && !this.#closed && this.#stream.write(frame);
  }

  onceDrained(then: () => void): void {
    this.#stream.once('drain', then);
  }

  /** May be called twice. */
  close(code: number): void {
    if (this.#ending || this.#closed) return;
    this.#ending = true;
    this.#stream.end(Buffer.from([0x80 | CLOSE, 2, code >> 8, code & 0xff]));
  }

  #read(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0 && !this.#ending && !this.#closed) {
      rest = this.#frame ? this.#readPayload(this.#frame, rest) : this.#readHeader(rest);
    }
  }

  #readHeader(bytes: Buffer): Buffer {
    const had = this.#header.length;
    const seen = Buffer.concat([this.#header, bytes.subarray(0, 14 - had)]);
    const size = headerSize(seen);
    if (size === undefined || seen.length < size) {
      this.#header = seen;
      return bytes.subarray(seen.length - had);
    }
    this.#header = Buffer.alloc(0);
    const frame = parseHeader(seen.subarray(0, size));
    if (typeof frame === 'number') this.close(frame);
    else {
      this.#frame = frame;
      this.#left = frame.length;
      this.#kept = [];
      if (frame.length === 0) this.#whole(frame);
    }
    return bytes.subarray(size - had);
  }

  #readPayload(frame: Frame, bytes: Buffer): Buffer {
    const part = bytes.subarray(0, this.#left);
    this.#left -= part.length;
    if (isCounted(frame.opcode)) this.emit('bytes', part.length);
    else this.#kept.push(part);
    if (this.#left === 0) this.#whole(frame);
    return bytes.subarray(part.length);
  }

  #whole(frame: Frame): void {
    this.#frame = undefined;
    if (isCounted(frame.opcode)) return;
    const payload = Buffer.concat(this.#kept);
    for (let at = 0; at < payload.length; at += 1) payload[at]! ^= frame.mask[at % 4]!;
    this.#kept = [];
    if (frame.opcode === TEXT) this.emit('text', payload.toString());
    else if (frame.opcode === CLOSE) this.close(1000);
    else if (frame.opcode === PING) {
      this.#stream.write(Buffer.concat([Buffer.from([0x80 | PONG, payload.length]), payload]));
    }
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.destroy();
    this.emit('closed');
  }
}

const isCounted = (opcode: number): boolean => opcode === BINARY || opcode === CONTINUATION;

/** @returns undefined while two bytes are missing */
function headerSize(seen: Buffer): number | undefined {
  if (seen.length < 2) return undefined;
  // Without a mask it is no frame of ours, whatever follows.
  if ((seen[1]! & 0x80) === 0) return 2;
  const length = seen[1]! & 0x7f;
  return 2 + (length === 126 ? 2 : length === 127 ? 8 : 0) + 4;
}

/** @returns the code to close with where it is no frame of ours */
function parseHeader(header: Buffer): Frame | number {
  const [first, second] = [header[0]!, header[1]!];
  const opcode = first & 0x0f;
  const isMasked = (second & 0x80) !== 0;
  // Browsers mask all they send; nothing was agreed that would use the reserved bits.
  if (!isMasked || (first & 0x70) !== 0) return PROTOCOL_ERROR;
  if (![CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG].includes(opcode)) return PROTOCOL_ERROR;
  const short = second & 0x7f;
  const length =
    short === 126
      ? header.readUInt16BE(2)
      : short === 127
        ? Number(header.readBigUInt64BE(2))
        : short;
  if (isCounted(opcode) ? length > MOST_BINARY : length > MOST_TEXT) return TOO_BIG;
  if (!isCounted(opcode) && (first & 0x80) === 0) return PROTOCOL_ERROR;
  return { opcode, mask: header.subarray(header.length - 4), length };
}
