import dgram from 'node:dgram';
import { once } from 'node:events';

import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Stream, StreamOptions } from '../../src/client/stream.ts';
import { openStream } from '../../src/client/stream.ts';
import { ControlServer } from '../../src/gamestream/control/control-server.ts';
import { RtspServer } from '../../src/gamestream/rtsp/rtsp-server.ts';
import { PATTERN, PHONE, request, TV } from './cast.ts';
import { house } from './house.ts';

/**
 * Sessions between the real RTSP server, the real control plane and our own client, over loopback. Only the
 * picture is a recorder.
 */

const log = pino({ level: 'silent' });
const streams: Stream[] = [];
let control: ControlServer;
let rtsp: RtspServer;
let rtspPort: number;
let parts: ReturnType<typeof house>;

async function freeUdpPort(): Promise<number> {
  const socket = dgram.createSocket('udp4').bind(0);
  await once(socket, 'listening');
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(() => resolve()));
  return port;
}

beforeEach(async () => {
  control = new ControlServer({
    log,
    input: () => {
      throw new Error('No input here.');
    },
  });
  const ports = {
    video: await freeUdpPort(),
    control: await freeUdpPort(),
    audio: await freeUdpPort(),
  };
  await control.open({
    addresses: ['127.0.0.1'],
    videoPort: ports.video,
    controlPort: ports.control,
    audioPort: ports.audio,
  });
  parts = house({ control });
  rtsp = new RtspServer({
    log,
    sessions: parts.sessions,
    allowPublic: () => false,
    ports,
    offer: () => ({
      penAndTouch: true,
      controllerTouch: false,
      encryptionSupported: 7,
      encryptionRequested: 1,
    }),
  });
  rtspPort = await rtsp.open(['127.0.0.1'], 0);
});

afterEach(async () => {
  await parts.sessions.close();
  await Promise.all(streams.splice(0).map((stream) => stream.vanish()));
  await rtsp.close();
  await control.close();
});

async function watch(
  how: 'launch' | 'resume',
  options: Partial<StreamOptions> = {},
  sealed = true,
  who = TV,
): Promise<Stream> {
  const { channels = 2 } = options;
  const asked = request(who, {
    remoteAddress: '127.0.0.1',
    localAddress: '127.0.0.1',
    encryptedRtsp: sealed,
    channels,
    keyId: 5,
  });
  const url =
    how === 'launch'
      ? await parts.sessions.launch(asked, PATTERN)
      : await parts.sessions.resume(asked, undefined);
  const stream = await openStream(
    '127.0.0.1',
    { url: url.replace(/\d+$/, String(rtspPort)), key: asked.key, keyId: 5 },
    { width: 1280, height: 720, fps: 60, ...options },
  );
  streams.push(stream);
  return stream;
}

const until = (condition: () => unknown): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 5000, interval: 5 });

describe('our own client', () => {
  it.each(
    [2, 6, 8].flatMap((channels) =>
      [8_000, 20_000].map((kbps) => [channels as 2 | 6 | 8, kbps, kbps > 10_000] as const),
    ),
  )('agrees on %i channels at %i kbit/s, sealed %s', async (channels, bitrateKbps, sealed) => {
    const { pictures, state } = parts;
    const { negotiated } = await watch(
      'launch',
      { channels, bitrateKbps, refreshRateX100: 5994, encryption: sealed ? 6 : 0 },
      sealed,
    );
    const viewer = pictures.viewers[0]!;
    const { audio, video } = viewer.request;
    const { streams, coupledStreams, mapping } = negotiated.layout;
    expect(audio).toMatchObject({ channels, streams, coupledStreams, mapping });
    expect(negotiated.highQualityAudio).toBe(bitrateKbps >= 15_000);
    expect(negotiated.features).toBe(1);
    expect(viewer.picture).toMatchObject({ rateNumerator: 60000, rateDenominator: 1001 });
    expect([video.key !== undefined, audio.key !== undefined]).toEqual([sealed, sealed]);
    expect(video.packetSize).toBe(sealed ? 1360 : 1392);
    // Its pings tell where both planes go, from this very address.
    const endpoints = () =>
      (viewer.orders as [string, string, unknown][]).filter(([order]) => order === 'endpoint');
    await until(() => endpoints().length >= 2);
    expect(new Set(endpoints().map(([, plane]) => plane))).toEqual(new Set(['audio', 'video']));
    for (const [, , endpoint] of endpoints()) {
      expect(endpoint).toMatchObject({ address: '127.0.0.1', localAddress: '127.0.0.1' });
    }
    viewer.listener.viewing();
    await until(() => state(TV) === 'streaming');
  });

  it('leaves, resumes with a new key, takes over from itself, and quits', async () => {
    const { pictures, sessions, state } = parts;
    const first = await watch('launch');
    pictures.viewers[0]!.listener.viewing();
    await until(() => state(TV) === 'streaming');
    await first.close();
    await until(() => state(TV) === 'paused');
    expect(sessions.currentGame(TV.fingerprint)).toBe(PATTERN.gameId);

    const second = await watch('resume');
    pictures.viewers[1]!.listener.viewing();
    await until(() => state(TV) === 'streaming');
    const replaced = once(second, 'ended');
    const third = await watch('resume');
    expect(await replaced).toEqual([0x80030023]);
    pictures.viewers[2]!.listener.viewing();
    await until(() => state(TV) === 'streaming');
    const keys = pictures.viewers.map(({ request: { video } }) => video.key);
    expect(new Set(keys).size).toBe(3);

    third.control.requestKeyframe();
    await until(() =>
      pictures.viewers[2]!.orders.some((order) => (order as string[])[0] === 'keyframe'),
    );
    const ended = once(third, 'ended');
    await sessions.cancel(TV.fingerprint);
    expect(await ended).toEqual([0x80030023]);
    expect(sessions.list()).toEqual([]);
  });

  it('two in clear behind one address are told apart by waiting', async () => {
    const { pictures, state } = parts;
    const [one, two] = await Promise.all([
      watch('launch', { encryption: 0 }, false),
      watch('launch', { encryption: 0 }, false, PHONE),
    ]);
    expect(one.negotiated.control.connectData).not.toBe(two.negotiated.control.connectData);
    for (const viewer of pictures.viewers) viewer.listener.viewing();
    await until(() => state(TV) === 'streaming' && state(PHONE) === 'streaming');
  });
});
