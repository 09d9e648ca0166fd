import crypto from 'node:crypto';
import net from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { RtspServer } from '../../../src/gamestream/rtsp/rtsp-server.ts';
import { open, seal } from '../../../src/gamestream/rtsp/sealed-frame.ts';
import type { StreamConfig } from '../../../src/gamestream/stream-config.ts';
import type { Handshake } from '../../../src/gamestream/launches.ts';
import { rtspEncryption, sdpSamples } from './vectors.ts';

class Launch implements Handshake {
  readonly fingerprint = 'f'.repeat(64);
  readonly remoteAddress = '127.0.0.1';
  readonly localAddress = '127.0.0.1';
  readonly key = crypto.randomBytes(16);
  readonly pingPayload = '0123456789ABCDEF';
  readonly connectData = 305419896;
  readonly channels = 2;
  readonly codecModes = 0x7f0301;
  readonly invalidation = true;
  readonly launch: number;
  readonly encrypted: boolean;
  rtspSequence = 0;
  steps = 0;
  announced: StreamConfig[] = [];
  refused: string[] = [];
  played = 0;
  playFails = false;

  constructor(launch: number, encrypted: boolean) {
    this.launch = launch;
    this.encrypted = encrypted;
  }
  progress(): void {
    this.steps += 1;
  }
  announce(config: StreamConfig): void {
    this.announced.push(config);
  }
  refuse(message: string): void {
    this.refused.push(message);
  }
  play(): void {
    this.played += 1;
    if (this.playFails) throw new Error('no display');
  }
}

let launches: Launch[];
let server: RtspServer;
let port: number;

beforeEach(async () => {
  launches = [];
  server = new RtspServer({
    log: pino({ level: 'silent' }),
    sessions: {
      handshakes: (address) => launches.filter((one) => one.remoteAddress === address),
    },
    allowPublic: () => false,
    ports: { video: 47998, audio: 48000, control: 47999 },
    offer: () => ({
      penAndTouch: true,
      controllerTouch: true,
      encryptionSupported: 7,
      encryptionRequested: 1,
    }),
  });
  port = await server.open(['127.0.0.1'], 0);
});

afterEach(async () => {
  await server.close();
  await server.close();
});

/** One request on one connection, written in segments as clients do; reads to the host's end. */
async function exchange(bytes: Buffer, segment = 512): Promise<Buffer> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = once(socket, 'end');
  for (let at = 0; at < bytes.length; at += segment) {
    socket.write(bytes.subarray(at, at + segment));
    await delay(2);
  }
  await ended;
  return Buffer.concat(chunks);
}

const plain = async (text: string): Promise<string> =>
  (await exchange(Buffer.from(text, 'latin1'))).toString('latin1');

const setup = (stream: string, session?: string): string =>
  `SETUP streamid=${stream} RTSP/1.0\r\nCSeq: 3\r\nX-GS-ClientVersion: 14\r\nHost: 127.0.0.1\r\n` +
  `${session ? `Session: ${session}\r\n` : ''}Transport: unicast;X-GS-ClientPort=50000-50001\r\n\r\n`;

const status = (response: string): number => Number(/^RTSP\/1\.0 (\d+) /.exec(response)?.[1]);

async function plainUpToControl(): Promise<string> {
  await plain('OPTIONS rtsp://127.0.0.1:1 RTSP/1.0\r\nCSeq: 1\r\n\r\n');
  await plain('DESCRIBE rtsp://127.0.0.1:1 RTSP/1.0\r\nCSeq: 2\r\n\r\n');
  const audio = await plain(setup('audio/0/0'));
  const id = /Session: (\w+);/.exec(audio)![1]!;
  await plain(setup('video/0/0', id));
  await plain(setup('control/13/0', id));
  return id;
}

const announce = (id: string): string => sdpSamples[3]!.announceRequest.replace('DEADBEEFCAFE', id);

describe('the recorded handshake', () => {
  it('sealed: every request opens, every answer is what the client understood', async () => {
    const launch = new Launch(1, true);
    // A stranger's launch from the same address comes first; its key opens nothing.
    launches = [new Launch(2, true), launch];
    let id = 'DEADBEEFCAFE';
    let sequence = 7000;
    let answers = 0;
    for (const { direction, plaintext } of rtspEncryption.session.exchange) {
      if (direction === 'host->client') continue;
      sequence += 1;
      const request = Buffer.from(plaintext.replace('DEADBEEFCAFE', id), 'latin1');
      const wire = await exchange(seal(launch.key, 'client', sequence, request));
      const answer = open(launch.key, 'host', wire)!;
      answers += 1;
      expect(answer.sequence).toBe(answers);
      const text = answer.plaintext.toString('latin1');
      id = /Session: (\w+);/.exec(text)?.[1] ?? id;
      const recorded = rtspEncryption.session.exchange[answers * 2 - 1]!.plaintext;
      expect(text.replace(id, 'DEADBEEFCAFE').replace(/^Public.*\r\n/m, '')).toBe(recorded);
    }
    expect(id).not.toBe('DEADBEEFCAFE');
    expect(launch.rtspSequence).toBe(7);
    expect(launch.steps).toBe(7);
    expect(launch.announced).toHaveLength(1);
    expect(launch.played).toBe(1);
    expect(launches[0]!.steps).toBe(0);
  });

  it('plain: the same, matched by address and Session', async () => {
    const launch = new Launch(1, false);
    launches = [launch];
    const id = await plainUpToControl();
    expect(status(await plain(announce(id)))).toBe(200);
    expect(launch.announced[0]!.video.packetSize).toBe(1024);
    const play = `PLAY / RTSP/1.0\r\nCSeq: 7\r\nSession: ${id}\r\n\r\n`;
    expect(await plain(play)).toBe('RTSP/1.0 200 OK\r\nCSeq: 7\r\n\r\n');
    expect(launch.played).toBe(1);
    expect(launch.rtspSequence).toBe(0);
  });
});

describe('steps out of order', () => {
  it('are answered with 455 and change nothing', async () => {
    const launch = new Launch(1, false);
    launches = [launch];
    expect(status(await plain(setup('audio/0/0')))).toBe(455);
    await plain('DESCRIBE x RTSP/1.0\r\nCSeq: 2\r\n\r\n');
    const id = /Session: (\w+);/.exec(await plain(setup('audio/0/0')))![1]!;
    expect(status(await plain(announce(id)))).toBe(455);
    expect(status(await plain(setup('control/13/0', id)))).toBe(455);
    expect(status(await plain(`PLAY / RTSP/1.0\r\nCSeq: 7\r\nSession: ${id}\r\n\r\n`))).toBe(455);
    expect(launch.announced).toEqual([]);
    expect(launch.played).toBe(0);
    expect(status(await plain(setup('video/0/0', id)))).toBe(200);
    expect(launch.steps).toBe(3);
  });

  it('a foreign or missing Session is 454, an unknown stream 404, an unknown method 501', async () => {
    launches = [new Launch(1, false)];
    await plain('DESCRIBE x RTSP/1.0\r\nCSeq: 2\r\n\r\n');
    await plain(setup('audio/0/0'));
    expect(status(await plain(setup('video/0/0', 'DEADBEEFCAFE')))).toBe(454);
    expect(status(await plain(setup('video/0/0')))).toBe(454);
    expect(status(await plain(setup('text/0/0')))).toBe(404);
    expect(status(await plain('TEARDOWN x RTSP/1.0\r\nCSeq: 2\r\n\r\n'))).toBe(501);
  });

  it('ANNOUNCE and PLAY happen once', async () => {
    const launch = new Launch(1, false);
    launches = [launch];
    const id = await plainUpToControl();
    await plain(announce(id));
    expect(status(await plain(announce(id)))).toBe(455);
    const play = `PLAY / RTSP/1.0\r\nCSeq: 7\r\nSession: ${id}\r\n\r\n`;
    expect(status(await plain(play))).toBe(200);
    expect(status(await plain(play))).toBe(455);
    expect(launch.played).toBe(1);
  });

  it('an impossible ANNOUNCE is 400, a stream that cannot start 500', async () => {
    const launch = new Launch(1, false);
    launch.playFails = true;
    launches = [launch];
    const id = await plainUpToControl();
    const body = 'a=x-nv-video[0].packetSize:9 \r\n';
    const impossible = `ANNOUNCE streamid=control/13/0 RTSP/1.0\r\nCSeq: 6\r\nSession: ${id}\r\nContent-length: ${body.length}\r\n\r\n${body}`;
    expect(status(await plain(impossible))).toBe(400);
    expect(status(await plain(announce(id)))).toBe(200);
    expect(await plain(`PLAY / RTSP/1.0\r\nCSeq: 7\r\nSession: ${id}\r\n\r\n`)).toBe(
      'RTSP/1.0 500 Internal Server Error\r\nCSeq: 7\r\n\r\n',
    );
  });
});

describe('strangers', () => {
  const options = 'OPTIONS x RTSP/1.0\r\nCSeq: 1\r\n\r\n';

  it('in clear on a sealed launch get no answer', async () => {
    launches = [new Launch(1, true)];
    expect(await plain(options)).toBe('');
    expect(server.counters.get('plain-on-sealed')).toBe(1);
  });

  it('with another key, or with a repeated frame, get no answer', async () => {
    const launch = new Launch(1, true);
    launches = [launch];
    const foreign = seal(crypto.randomBytes(16), 'client', 1, Buffer.from(options));
    expect(await exchange(foreign)).toHaveLength(0);
    const frame = seal(launch.key, 'client', 9, Buffer.from(options));
    expect(open(launch.key, 'host', await exchange(frame))).toBeDefined();
    expect(await exchange(frame)).toHaveLength(0);
    const older = seal(launch.key, 'client', 8, Buffer.from(options));
    expect(await exchange(older)).toHaveLength(0);
    expect(launch.steps).toBe(1);
  });

  it('sealed nonsense by the right key is a sealed 400', async () => {
    const launch = new Launch(1, true);
    launches = [launch];
    const wire = await exchange(seal(launch.key, 'client', 1, Buffer.from('PLAY')));
    expect(open(launch.key, 'host', wire)!.plaintext.toString()).toMatch(
      /^RTSP\/1.0 400 .*\r\nCSeq: 0/,
    );
  });

  it('oversized and malformed requests end the connection without a reset', async () => {
    launches = [new Launch(1, false)];
    expect(status(await plain('x'.repeat(20_000)))).toBe(400);
    expect(status(await plain('GET / HTTP/1.0\r\n\r\n'))).toBe(400);
    const huge = Buffer.alloc(64);
    huge.writeUInt32BE(0xffffffff, 0);
    expect(status((await exchange(huge)).toString())).toBe(400);
  });

  it('extra bytes behind a request do not cost the answer', async () => {
    launches = [new Launch(1, false)];
    expect(status(await plain(`${options}${'junk'.repeat(2000)}`))).toBe(200);
  });

  it('that only open and close a connection, or reset it, are tolerated', async () => {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      const socket = net.connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket[end]();
      await once(socket.resume(), 'close');
    }
    launches = [new Launch(1, false)];
    expect(status(await plain(options))).toBe(200);
    expect(launches[0]!.steps).toBe(1);
  });

  it('without a waiting launch hold no connection, whatever they send', async () => {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    socket.write('OPTIONS rtsp://127.0.0.1:1 RTSP/1.0\r\n');
    await closed;
    expect(server.counters.get('no-launch')).toBe(1);
  });

  it('cannot hold more than 16 connections from one address', async () => {
    launches = [new Launch(1, false)];
    const sockets = Array.from({ length: 17 }, () => net.connect(port, '127.0.0.1'));
    await Promise.race(sockets.map((socket) => once(socket, 'close')));
    expect(server.counters.get('connection-refused')).toBe(1);
    for (const socket of sockets) socket.destroy();
  });
});

describe('opening', () => {
  it.each([[[]], [['::']]])('%j is every address, IPv4 too', async (addresses) => {
    const everywhere = new RtspServer({
      log: pino({ level: 'silent' }),
      sessions: { handshakes: () => [new Launch(1, false)] },
      allowPublic: () => false,
      ports: { video: 1, audio: 2, control: 3 },
      offer: () => {
        throw new Error('not asked');
      },
    });
    port = await everywhere.open(addresses, 0);
    expect(status(await plain('OPTIONS x RTSP/1.0\r\nCSeq: 1\r\n\r\n'))).toBe(200);
    await everywhere.close();
  });

  it('names a port in use', async () => {
    const second = new RtspServer({
      log: pino({ level: 'silent' }),
      sessions: { handshakes: () => [] },
      allowPublic: () => false,
      ports: { video: 1, audio: 2, control: 3 },
      offer: () => {
        throw new Error('not asked');
      },
    });
    await expect(second.open(['127.0.0.1'], port)).rejects.toThrow(
      new RegExp(`TCP port ${port} is held by .*process ${process.pid}`),
    );
    await second.close();
  });
});
