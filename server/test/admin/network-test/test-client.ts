import { WebSocket } from 'ws';

/** A browser's end of one WebSocket, as far as a network test needs it. */
export class TestClient {
  readonly texts: string[] = [];
  bytes = 0;
  /** of the close frame; 1006: it ended without one */
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.bytes += data.length;
      else this.texts.push(data.toString());
    });
    this.closed = new Promise((resolve) => socket.once('close', resolve));
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  sendBytes(count: number): void {
    this.#socket.send(Buffer.alloc(count, 0xa5));
  }

  end(): void {
    this.#socket.terminate();
  }
}

/** @returns the status of who refused it */
export function connect(
  port: number,
  query: string,
  headers: Record<string, string> = {},
): Promise<TestClient | number> {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/api/v1/network/test/socket?${query}`, {
    rejectUnauthorized: false,
    agent: false,
    headers,
  });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(new TestClient(socket)));
    socket.once('unexpected-response', (_, response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    socket.once('error', reject);
  });
}
