import { once } from 'node:events';
import net from 'node:net';

import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { LinkLimit } from '../../src/gamestream/link-limit.ts';
import { RtspServer } from '../../src/gamestream/rtsp/rtsp-server.ts';
import { open, seal } from '../../src/gamestream/rtsp/sealed-frame.ts';
import { sdpSamples } from '../gamestream/rtsp/vectors.ts';
import { DESKTOP, PATTERN, PHONE, request, TV } from './cast.ts';
import { house } from './house.ts';

/** Real RTSP over TCP on real sessions: the way from /launch to the picture. */

let parts: ReturnType<typeof house>;
let server: RtspServer;
let port: number;
let link: LinkLimit;

const rtsp = (): RtspServer =>
  new RtspServer({
    log: pino({ level: 'silent' }),
    sessions: parts.sessions,
    allowPublic: () => false,
    ports: { video: 47998, audio: 48000, control: 47999 },
    offer: () => ({
      penAndTouch: false,
      controllerTouch: false,
      encryptionSupported: 7,
      encryptionRequested: 7,
    }),
    link: ({ remoteAddress }) => {
      return remoteAddress === '127.0.0.1' ? link : { kbps: 1, from: 'set' };
    },
  });

beforeEach(async () => {
  link = { kbps: 2_000_000, from: 'set' };
  parts = house();
  server = rtsp();
  port = await server.open(['127.0.0.1'], 0);
});

afterEach(async () => {
  await server.close();
  await parts.sessions.close();
});

async function exchange(bytes: Buffer): Promise<Buffer> {
  const socket = net.connect({ port, host: '127.0.0.1' });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = once(socket, 'end');
  socket.write(bytes);
  await ended;
  return Buffer.concat(chunks);
}

/** Walks through the seven steps as a client does. @returns the answers */
async function walk(key: Buffer | undefined, announce: string, firstSequence = 1) {
  let sequence = firstSequence;
  const send = async (text: string): Promise<string> => {
    const bytes = Buffer.from(text, 'latin1');
    if (!key) return (await exchange(bytes)).toString('latin1');
    const wire = await exchange(seal(key, 'client', sequence++, bytes));
    return open(key, 'host', wire)?.plaintext.toString('latin1') ?? '';
  };
  const answers = [
    await send('OPTIONS x RTSP/1.0\r\nCSeq: 1\r\nHost: 127.0.0.1\r\n\r\n'),
    await send('DESCRIBE x RTSP/1.0\r\nCSeq: 2\r\nHost: 127.0.0.1\r\n\r\n'),
    await send('SETUP streamid=audio/0/0 RTSP/1.0\r\nCSeq: 3\r\n\r\n'),
  ];
  const id = /Session: (\w+)/.exec(answers[2]!)?.[1];
  for (const text of [
    `SETUP streamid=video/0/0 RTSP/1.0\r\nCSeq: 4\r\nSession: ${id}\r\n\r\n`,
    `SETUP streamid=control/13/0 RTSP/1.0\r\nCSeq: 5\r\nSession: ${id}\r\n\r\n`,
    announce.replace('DEADBEEFCAFE', id!),
    `PLAY / RTSP/1.0\r\nCSeq: 7\r\nSession: ${id}\r\n\r\n`,
  ]) {
    answers.push(await send(text));
  }
  return answers;
}

describe('from launch to picture over TCP', () => {
  it.each(sdpSamples.map((sample) => [sample.name, sample] as const))(
    'sealed, %s',
    async (_, { announceRequest }) => {
      const { sessions, pictures, control, state } = parts;
      // Two at one address: the key tells them apart.
      const other = request(PHONE, { remoteAddress: '127.0.0.1' });
      const launch = request(TV, { remoteAddress: '127.0.0.1' });
      await sessions.launch(launch, DESKTOP);
      await sessions.launch(other, PATTERN);
      const answers = await walk(launch.key, announceRequest, 42);
      for (const answer of answers) expect(answer).toMatch(/^RTSP\/1.0 200 OK\r\nCSeq: \d\r\n/);
      expect(answers[1]).toContain('x-nv-video[0].refPicInvalidation');
      expect(answers[1]).not.toContain('AV1');
      const [expected] = control.expected;
      expect(answers[2]).toContain(`X-SS-Ping-Payload: ${expected!.pingPayload}\r\n`);
      expect(answers[4]).toContain(`X-SS-Connect-Data: ${expected!.connectData}\r\n`);
      expect([state(TV), state(PHONE)]).toEqual(['starting', 'handshake']);
      expect(pictures.viewers).toHaveLength(1);
      expect(pictures.viewers[0]!.request.video.codec).toBe('h264');
      control.emit('connected', expected!.number, '127.0.0.1');
      pictures.viewers[0]!.listener.viewing();
      expect(state(TV)).toBe('streaming');
    },
  );

  it('no faster than the way to the device is known to be when it announces', async () => {
    const { sessions } = parts;
    const launch = request(TV, { remoteAddress: '127.0.0.1' });
    await sessions.launch(launch, PATTERN);
    link = { kbps: 3000, from: 'measured' };
    await walk(launch.key, sdpSamples[0]!.announceRequest);
    const [session] = sessions.list();
    expect(session!.config!.video.bitrateKbps).toBe(3000);
    expect(session!.config!.adjustments).toContainEqual(
      expect.stringContaining('3000 kbit/s, which is what a speed test from this address found'),
    );
  });

  it.each([true, false])(
    'an ANNOUNCE that cannot be, sealed %s, ends the launch at once',
    async (sealed) => {
      const { sessions, problems } = parts;
      const launch = request(TV, { remoteAddress: '127.0.0.1', encryptedRtsp: sealed });
      await sessions.launch(launch, DESKTOP);
      const impossible = sdpSamples[3]!.announceRequest.replace(
        /(x-nv-video\[0\]\.packetSize):\d+/,
        '$1:9999',
      );
      const answers = await walk(sealed ? launch.key : undefined, impossible);
      expect(answers[5]).toMatch(/^RTSP\/1.0 400/);
      expect(problems).toEqual([
        { device: 'TV', message: expect.stringContaining('packet size of 9999 bytes') },
      ]);
      expect(sessions.list()).toEqual([]);
      expect(sessions.currentGame(TV.fingerprint)).toBe(0);
    },
  );

  it('so does a picture that has no room by then', async () => {
    const launch = request(TV, { remoteAddress: '127.0.0.1' });
    await parts.sessions.launch(launch, DESKTOP);
    parts.pictures.full = true;
    const answers = await walk(launch.key, sdpSamples[3]!.announceRequest);
    // ANNOUNCE joins it.
    expect(answers[5]).toMatch(/^RTSP\/1.0 500/);
    const message = 'Too many devices watch this picture.';
    expect(parts.problems).toEqual([{ device: 'TV', message }]);
    expect(parts.sessions.list()).toEqual([]);
  });

  it('plain, and again on resume with a new key', async () => {
    const { sessions, pictures, control, state } = parts;
    const plain = { remoteAddress: '127.0.0.1', encryptedRtsp: false };
    const announce = sdpSamples[3]!.announceRequest;
    await sessions.launch(request(TV, plain), DESKTOP);
    for (const answer of await walk(undefined, announce)) expect(answer).toMatch(/^RTSP\/1.0 200/);
    control.emit('connected', 1, '127.0.0.1');
    pictures.viewers[0]!.listener.viewing();
    expect(state(TV)).toBe('streaming');
    // The launch is used up: RTSP knows it no more.
    const unasked = await exchange(Buffer.from('OPTIONS x RTSP/1.0\r\nCSeq: 1\r\n\r\n'));
    expect(unasked.toString()).toBe('');
    await sessions.resume(request(TV, plain), undefined);
    for (const answer of await walk(undefined, announce)) expect(answer).toMatch(/^RTSP\/1.0 200/);
    control.emit('connected', 2, '127.0.0.1');
    pictures.viewers[1]!.listener.viewing();
    expect(state(TV)).toBe('streaming');
    expect(pictures.viewers.map((viewer) => viewer.closed)).toEqual([true, false]);
  });
});
