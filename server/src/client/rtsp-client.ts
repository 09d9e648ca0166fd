import net from 'node:net';
import { open, seal } from '../gamestream/rtsp/sealed-frame.ts';

export interface RtspAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export interface RtspTarget {
  /** the address that HTTP was reached at; the URL's host is only echoed */
  readonly host: string;
  /** sessionUrl0 */
  readonly url: string;
  /** rikey: used when the URL says rtspenc:// */
  readonly key: Buffer;
  /** what a client sends below 15 Mbit/s or for remote surround: `Host: 0.0.0.0` (protocol 1 §3.1) */
  readonly anonymousHost: boolean;
}

/** The handshake step failed; `status` as a stock client would show it, −1 for no or a garbled answer. */
export class RtspFailed extends Error {
  readonly status: number;
  constructor(method: string, status: number, why: string) {
    super(`RTSP ${method} failed, error ${status}: ${why}`);
    this.name = 'RtspFailed';
    this.status = status;
  }
}

/** A client writes in pieces of this size (protocol 1 §3.1). */
const CHUNK = 536;
const SILENCE_LIMIT = 15_000;

/** Process-wide and never reset, like in the stock client (protocol 1 §3.10). */
let sealSequence = 0;

/** RTSP as the stock client speaks it: one connection per request, read until the host closes. */
export class RtspClient {
  readonly #target: RtspTarget;
  readonly #port: number;
  readonly #sealed: boolean;
  /** what OPTIONS and DESCRIBE name */
  readonly url: string;
  readonly #hostHeader: string;
  #sequence = 0;
  #lastHostSequence = 0;
  /** set from the first answer that names one */
  session: string | undefined;

  constructor(target: RtspTarget) {
    const parts = /^(\w+):\/\/(.*):(\d+)$/.exec(target.url);
    if (!parts) throw new RtspFailed('sessionUrl0', -1, `${target.url} has no port`);
    this.#target = target;
    this.#port = Number(parts[3]);
    this.#sealed = parts[1] === 'rtspenc';
    this.url = target.anonymousHost ? `rtsp://0.0.0.0:${this.#port}` : target.url;
    this.#hostHeader = target.anonymousHost ? '0.0.0.0' : parts[2]!;
  }

  /**
   * @param headers after CSeq, X-GS-ClientVersion, Host and Session
   * @throws RtspFailed for any status but 200
   */
  async request(
    method: string,
    target: string,
    headers: readonly (readonly [string, string])[] = [],
    body = '',
  ): Promise<RtspAnswer> {
    const lines = [
      `${method} ${target} RTSP/1.0`,
      `CSeq: ${++this.#sequence}`,
      'X-GS-ClientVersion: 14',
      `Host: ${this.#hostHeader}`,
      ...(this.session ? [`Session: ${this.session}`] : []),
      ...headers.map(([name, value]) => `${name}: ${value}`),
    ];
    const text = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1');
    const sent = this.#sealed ? seal(this.#target.key, 'client', ++sealSequence, text) : text;
    const received = await exchange(this.#target.host, this.#port, sent, method);
    const answer = parseAnswer(method, this.#sealed ? this.#open(method, received) : received);
    this.session ??= answer.headers.get('Session')?.split(';')[0];
    if (answer.status !== 200) throw new RtspFailed(method, answer.status, 'the host refused');
    return answer;
  }

  #open(method: string, received: Buffer): Buffer {
    const opened = open(this.#target.key, 'host', received);
    if (!opened) throw new RtspFailed(method, -1, `no sealed answer (${received.length} bytes)`);
    if (opened.sequence <= this.#lastHostSequence) {
      throw new RtspFailed(method, -1, `host sequence ${opened.sequence} was used before`);
    }
    this.#lastHostSequence = opened.sequence;
    return opened.plaintext;
  }
}

/** The stock client's parser and its oddities (protocol 1 §3.2). */
export function parseAnswer(method: string, bytes: Buffer): RtspAnswer {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const [status, ...lines] = text.slice(0, Math.max(0, end)).split('\r\n');
  const match = /^RTSP\/1\.0 (\d+) \S/.exec(status ?? '');
  if (!match || lines.length === 0)
    throw new RtspFailed(method, -1, `malformed: ${text.slice(0, 80)}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 0) throw new RtspFailed(method, -1, `malformed header: ${line}`);
    // One character after the colon is dropped blindly.
    headers.set(line.slice(0, colon), line.slice(colon + 2));
  }
  return { status: Number(match[1]), headers, body: text.slice(end + 4) };
}

function exchange(host: string, port: number, request: Buffer, method: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = net.connect({ host, port, noDelay: true });
    socket.setTimeout(SILENCE_LIMIT, () => socket.destroy(new RtspFailed(method, 110, 'silence')));
    socket.once('error', reject);
    socket.once('connect', () => {
      for (let at = 0; at < request.length; at += CHUNK) {
        socket.write(request.subarray(at, at + CHUNK));
      }
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    // The end of an answer is the host's close; there is no keep-alive.
    socket.once('end', () => {
      socket.end();
      if (chunks.length === 0) reject(new RtspFailed(method, -1, 'closed without an answer'));
      else resolve(Buffer.concat(chunks));
    });
  });
}
