import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { parseAnswer, RtspClient, RtspFailed } from '../../src/client/rtsp-client.ts';
import { open, seal } from '../../src/gamestream/rtsp/sealed-frame.ts';
import { readVectors } from './vectors.ts';

interface Vectors {
  readonly session: {
    readonly rikeyHex: string;
    readonly exchange: readonly { readonly direction: string; readonly plaintext: string }[];
  };
}

const { session } = readVectors<Vectors>('rtsp-encryption');
const key = Buffer.from(session.rikeyHex, 'hex');
const requests = session.exchange.filter((message) => message.direction === 'client->host');
const answers = session.exchange.filter((message) => message.direction === 'host->client');

let server: net.Server | undefined;
afterEach(
  () => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())),
);

/** Answers each connection with the next of `replies`, and keeps what was asked. */
async function listen(
  replies: readonly Buffer[],
  complete: (bytes: Buffer) => boolean,
): Promise<{
  port: number;
  asked: Buffer[];
}> {
  const asked: Buffer[] = [];
  let next = 0;
  server = net.createServer({ allowHalfOpen: true }, (socket) => {
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!complete(bytes)) return;
      asked.push(bytes);
      socket.end(replies[next++]!);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as net.AddressInfo).port, asked };
}

async function handshake(client: RtspClient): Promise<void> {
  await client.request('OPTIONS', client.url);
  await client.request('DESCRIBE', client.url, [
    ['Accept', 'application/sdp'],
    ['If-Modified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ]);
  for (const stream of ['audio/0/0', 'video/0/0', 'control/13/0']) {
    await client.request('SETUP', `streamid=${stream}`, [
      ['Transport', 'unicast;X-GS-ClientPort=50000-50001'],
      ['If-Modified-Since', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ]);
  }
}

describe('the handshake of the vectors', () => {
  it('sealed: asks what the stock client asks and understands its host', async () => {
    const replies = answers.map((answer, i) =>
      seal(key, 'host', i + 1, Buffer.from(answer.plaintext)),
    );
    const { port, asked } = await listen(
      replies,
      (bytes) => bytes.length >= 24 && bytes.length === 24 + (bytes.readUInt32BE(0) & 0x7fffffff),
    );
    const client = new RtspClient({
      host: '127.0.0.1',
      url: `rtspenc://127.0.0.1:${port}`,
      key,
      anonymousHost: false,
    });
    await handshake(client);
    expect(client.session).toBe('DEADBEEFCAFE');
    asked.forEach((frame, i) => {
      const text = open(key, 'client', frame)!.plaintext.toString();
      expect(text.replaceAll(String(port), '48010')).toBe(requests[i]!.plaintext);
    });
  });

  it('in clear, anonymous: the placeholder address', async () => {
    const { port, asked } = await listen(
      answers.map((answer) => Buffer.from(answer.plaintext)),
      (bytes) => bytes.toString().endsWith('\r\n\r\n'),
    );
    const client = new RtspClient({
      host: '127.0.0.1',
      url: `rtsp://192.0.2.1:${port}`,
      key,
      anonymousHost: true,
    });
    await handshake(client);
    expect(asked[0]!.toString()).toBe(
      `OPTIONS rtsp://0.0.0.0:${port} RTSP/1.0\r\nCSeq: 1\r\nX-GS-ClientVersion: 14\r\nHost: 0.0.0.0\r\n\r\n`,
    );
  });

  it('refuses a plain answer on a sealed session, and a host sequence that was used', async () => {
    const plain = Buffer.from(answers[0]!.plaintext);
    const replies = [plain, seal(key, 'host', 4, plain), seal(key, 'host', 4, plain)];
    const { port } = await listen(replies, (bytes) => bytes.length > 24);
    const client = new RtspClient({
      host: '127.0.0.1',
      url: `rtspenc://127.0.0.1:${port}`,
      key,
      anonymousHost: false,
    });
    await expect(client.request('OPTIONS', client.url)).rejects.toThrow('no sealed answer');
    await client.request('OPTIONS', client.url);
    await expect(client.request('OPTIONS', client.url)).rejects.toThrow('used before');
  });
});

describe('answers that the stock client calls malformed', () => {
  it.each([
    ['RTSP/1.0 200 OK\r\n\r\n', 'no header'],
    ['RTSP/1.1 200 OK\r\nCSeq: 1\r\n\r\n', 'version'],
    ['RTSP/1.0 200\r\nCSeq: 1\r\n\r\n', 'no text'],
    ['', 'nothing'],
  ])('%j (%s)', (text) => {
    expect(() => parseAnswer('OPTIONS', Buffer.from(text))).toThrow(RtspFailed);
  });

  it('takes one character after the colon away, whatever it is', () => {
    const { headers } = parseAnswer(
      'SETUP',
      Buffer.from('RTSP/1.0 200 OK\r\nSession:ABCD\r\n\r\n'),
    );
    expect(headers.get('Session')).toBe('BCD');
  });
});
