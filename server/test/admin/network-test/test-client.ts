import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';

/** A browser's end of one WebSocket, as far as a network test needs it. */
export class TestClient {
  readonly texts: string[] = [];
  bytes = 0;
  /** of the close frame; 0: it ended without one */
  readonly closed: Promise<number>;
  readonly #stream: Duplex;
  #unread: Buffer = Buffer.alloc(0);

  constructor(stream: Duplex, head: Buffer) {
    this.#stream = stream;
    this.closed = new Promise((resolve) => {
      const read = (part: Buffer) => {
        const code = this.#read(part);
        if (code !== undefined) resolve(code);
      };
      read(head);
      stream.on('data', read);
      stream.on('close', () => resolve(0));
      stream.on('error', () => undefined);
    });
  }

  send(text: string): void {
    this.#stream.write(maskedFrame(1, Buffer.from(text)));
  }

  sendBytes(count: number): void {
    this.#stream.write(maskedFrame(2, randomBytes(count)));
  }

  end(): void {
    this.#stream.destroy();
  }

  /** @returns the code of a close frame */
  #read(part: Buffer): number | undefined {
    this.#unread = Buffer.concat([this.#unread, part]);
    for (;;) {
      const short = this.#unread[1];
      if (short === undefined) return undefined;
      const at = short === 127 ? 10 : 2;
      if (this.#unread.length < at) return undefined;
      const length = short === 127 ? Number(this.#unread.readBigUInt64BE(2)) : short;
      if (this.#unread.length < at + length) return undefined;
      const payload = this.#unread.subarray(at, at + length);
      const opcode = this.#unread[0]! & 0x0f;
      this.#unread = this.#unread.subarray(at + length);
      if (opcode === 8) return payload.readUInt16BE(0);
      if (opcode === 1) this.texts.push(payload.toString());
      else this.bytes += payload.length;
    }
  }
}

export function maskedFrame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4);
  const header = Buffer.alloc(payload.length > 125 ? 10 : 2);
  header[0] = 0x80 | opcode;
  header[1] = 0x80 | (payload.length > 125 ? 127 : payload.length);
  if (payload.length > 125) header.writeBigUInt64BE(BigInt(payload.length), 2);
  const masked = payload.map((byte, at) => byte ^ mask[at % 4]!);
  return Buffer.concat([header, mask, masked]);
}

/** @returns the status of who refused it */
export async function connect(
  port: number,
  query: string,
  headers: Record<string, string> = {},
): Promise<TestClient | number> {
  const request = https.request({
    ...{ host: '127.0.0.1', port, path: `/api/v1/network/test/socket?${query}` },
    rejectUnauthorized: false,
    agent: false,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
      ...headers,
    },
  });
  request.end();
  return Promise.race([
    once(request, 'upgrade').then(
      ([, stream, head]) => new TestClient(stream as Duplex, head as Buffer),
    ),
    once(request, 'response').then(([response]) => {
      (response as IncomingMessage).resume();
      return (response as IncomingMessage).statusCode!;
    }),
  ]);
}
