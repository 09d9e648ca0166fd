/**
 * RTSP as Moonlight clients speak it: pure functions from bytes to values and back. Requests are read
 * tolerantly, answers are written exactly as the client's parser needs them (protocol 1 §3.2).
 */

/** One request with its body must fit (protocol 1 §3.1 asks for 16 kB at the least). */
export const MAX_REQUEST_BYTES = 16 * 1024;

export interface RtspRequest {
  readonly method: string;
  /** not a URL: `streamid=audio/0/0`, `/`, or what `sessionUrl0` said */
  readonly target: string;
  /** names in lower case; of duplicates the last one */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export type ParsedRequest =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'request'; readonly request: RtspRequest };

export interface RtspResponse {
  readonly status: RtspStatus;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
}

const REASONS = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
} as const;

type RtspStatus = keyof typeof REASONS;

/** Header lines; clients send eight at the most. */
const MAX_LINES = 64;

const LF = 0x0a;
const CR = 0x0d;

interface Head {
  readonly method: string;
  readonly target: string;
  readonly headers: ReadonlyMap<string, string>;
  /** where the body begins and ends */
  readonly start: number;
  readonly end: number;
}

/**
 * Reads one request as it arrives. CRLF and LF both end a line, header names match in any case, lines that are no
 * header are skipped. The end is the empty line, plus `Content-length` bytes if that header exists (only ANNOUNCE has
 * it). Each byte is looked at once, however small the pieces are that it comes in.
 */
export class RequestReader {
  #scanned = 0;
  #head: Head | undefined;

  /** @param bytes all that has arrived so far: what was there at the last call, and more */
  read(bytes: Buffer): ParsedRequest {
    if (!this.#head) {
      const start = this.#bodyStart(bytes);
      if (start === -1) {
        return bytes.length > MAX_REQUEST_BYTES
          ? { kind: 'malformed', reason: 'too long' }
          : { kind: 'incomplete' };
      }
      const head = parseHead(bytes.toString('latin1', 0, start), start);
      if (typeof head === 'string') return { kind: 'malformed', reason: head };
      this.#head = head;
    }
    const { method, target, headers, start, end } = this.#head;
    if (bytes.length < end) return { kind: 'incomplete' };
    const body = bytes.toString('latin1', start, end);
    return { kind: 'request', request: { method, target, headers, body } };
  }

  /** @returns where the body begins: behind the first empty line; -1 while there is none */
  #bodyStart(bytes: Buffer): number {
    for (let at = bytes.indexOf(LF, this.#scanned); at !== -1; at = bytes.indexOf(LF, at + 1)) {
      if (bytes[at + 1] === LF) return at + 2;
      if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
      // What follows this end of a line may be on its way.
      this.#scanned = at;
      if (at + 2 >= bytes.length) return -1;
    }
    if (bytes[this.#scanned] !== LF || bytes.length > this.#scanned + 2) {
      this.#scanned = bytes.length;
    }
    return -1;
  }
}

/** @returns a reason when it is malformed */
function parseHead(text: string, start: number): Head | string {
  const [first = '', ...lines] = text.split(/\r?\n/);
  const line = /^([A-Z_]{1,32}) (\S{1,1024}) RTSP\/\d\.\d\s*$/.exec(first);
  if (!line) return 'no RTSP request line';
  if (lines.length > MAX_LINES) return 'too many headers';
  const headers = new Map<string, string>();
  for (const header of lines) {
    const colon = header.indexOf(':');
    if (colon > 0) {
      headers.set(header.slice(0, colon).trim().toLowerCase(), header.slice(colon + 1).trim());
    }
  }
  const length = headers.get('content-length') ?? '0';
  if (!/^\d{1,6}$/.test(length)) return 'Content-length';
  const end = start + Number(length);
  if (end > MAX_REQUEST_BYTES) return 'too long';
  return { method: line[1]!, target: line[2]!, headers, start, end };
}

/** Reads one request that is here as a whole, or is not. */
export function parseRequest(bytes: Buffer): ParsedRequest {
  return new RequestReader().read(bytes);
}

/**
 * The sequence number to echo: the client never compares it, but an answer without any header line is
 * malformed to it, and nothing else that a stranger wrote is repeated.
 */
export function echoedSequence(request: RtspRequest | undefined): string {
  const sequence = request?.headers.get('cseq') ?? '';
  return /^\d{1,10}$/.test(sequence) ? sequence : '0';
}

/** @param sequence what `echoedSequence` gave */
export function formatResponse(sequence: string, response: RtspResponse): Buffer {
  const lines = [
    `RTSP/1.0 ${response.status} ${REASONS[response.status]}`,
    `CSeq: ${sequence}`,
    ...(response.headers ?? []).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${response.body ?? ''}`, 'latin1');
}
