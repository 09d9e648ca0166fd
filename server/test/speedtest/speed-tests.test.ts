import dgram from 'node:dgram';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { readClientIdentity } from '../../src/client/client-identity.ts';
import { GameStreamClient } from '../../src/client/game-stream-client.ts';
import { HostRefused } from '../../src/client/host-requests.ts';
import { SpeedTest, SpeedTestFailed } from '../../src/client/speed-test.ts';
import { ControlServer } from '../../src/gamestream/control/control-server.ts';
import type { SpeedTestLine, SpeedTestRun } from '../../src/gamestream/speed-tests.ts';
import { nativeAddon } from '../../src/native/addon.ts';
import { MeasuredLinks } from '../../src/speedtest/measured-links.ts';
import { HostSpeedTests } from '../../src/speedtest/speed-tests.ts';
import { log, makeClientIdentity, startHost, type TestHost } from '../gamestream/nvhttp-host.ts';

// Everything real but the sessions: HTTPS, the control plane, a media process, and both native ends.

const pair = makeClientIdentity();
const identity = readClientIdentity(pair.certPem, pair.privateKeyPem);
const { fingerprint } = identity.certificate;
const main = path.resolve(import.meta.dirname, '../../src/main.ts');
const addon = nativeAddon();

let control: ControlServer;
let tests: HostSpeedTests;
let host: TestHost;
let client: GameStreamClient;
let videoPort: number;
let streaming = false;
let time = 0;
const now = () => time;
const links = new MeasuredLinks(now);

beforeAll(async () => {
  control = new ControlServer({
    log,
    input: () => {
      throw new Error('no input here');
    },
  });
  const ports = await freeUdpPorts(3);
  videoPort = ports[0]!;
  await control.open({
    addresses: ['127.0.0.1'],
    videoPort,
    controlPort: ports[1]!,
    audioPort: ports[2]!,
  });
  const forward = {
    begin: (...args: Parameters<HostSpeedTests['begin']>) => tests.begin(...args),
    setRate: (...args: Parameters<HostSpeedTests['setRate']>) => tests.setRate(...args),
    noteHeld: (...args: Parameters<HostSpeedTests['noteHeld']>) => tests.noteHeld(...args),
  };
  host = await startHost({ speedTests: forward });
  tests = new HostSpeedTests({
    log,
    control,
    devices: host.devices,
    start: { command: process.execPath, args: [main, 'media'] },
    build: addon.build,
    videoPort,
    streaming: () => streaming,
    links,
    now,
  });
  const address = { host: '127.0.0.1', httpPort: host.ports.http };
  client = new GameStreamClient(address, identity, host.identity.certificate.der);
});
afterAll(async () => {
  await tests.close();
  await host.close();
  await control.close();
});
beforeEach(async () => {
  streaming = false;
  await host.devices.add({ fingerprint, name: 'Probe', certificatePem: pair.certPem });
  await host.devices.permit(fingerprint, { speedTest: true });
});

const tryToBegin = (seconds = 1) => SpeedTest.begin(client, { kbps: 5000, seconds }, addon);
const statusOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 200,
    (error: unknown) => (error instanceof HostRefused ? error.status : error),
  );

/** The test before may still be ending. */
async function whenFree<T>(start: () => T | Promise<T>): Promise<T> {
  for (let look = 0; ; look++) {
    try {
      return await start();
    } catch (error) {
      if ((error as { status?: number }).status !== 409 || look > 500) throw error;
      await sleep(10);
    }
  }
}
const begin = (seconds = 1) => whenFree(() => tryToBegin(seconds));

/** As the route asks; what the run says is collected. */
async function announced(): Promise<{
  run: SpeedTestRun;
  lines: SpeedTestLine[];
  over: Promise<void>;
}> {
  const run = await whenFree(() => {
    const device = host.devices.find(fingerprint)!;
    return tests.begin({ device, kbps: 5000, seconds: 1, remoteAddress: '127.0.0.1' });
  });
  const lines: SpeedTestLine[] = [];
  const { lines: source } = run;
  const over = (async () => {
    for await (const line of source) lines.push(line);
  })();
  while (lines.length === 0) await sleep(5);
  return { run, lines, over };
}

describe('a speed test', () => {
  it('sends what is asked, to whom it is allowed, and both ends agree', async () => {
    const test = await begin(3);
    while (test.figures().packets === 0) await sleep(10);
    await sleep(400);
    expect(await test.setRate(10_000)).toBe(true);
    const { sent, received } = await test.result();
    expect(sent.end).toBe('finished');
    expect(sent.steps.map(({ kbps }) => kbps)).toEqual([5000, 10_000]);
    const packets = sent.steps.reduce((sum, step) => sum + step.packets - step.unsent, 0);
    expect(received.packets + received.overflowed).toBe(packets);
    expect(received.foreign).toBe(0);
    for (const step of sent.steps) {
      // Never above what was asked, by more than its first packet.
      expect(step.packets).toBeLessThanOrEqual((step.duration * step.kbps) / (1408 * 8) + 1);
    }
    expect(await test.setRate(1000)).toBe(false);
    expect(links.linkKbps('127.0.0.1')).toBeUndefined();
    expect(await test.tellHeld(10_000)).toBe(true);
    expect(links.linkKbps('127.0.0.1')).toBe(8000);
    await test.close();
  });

  it('runs alone, and not beside a stream', async () => {
    const first = await begin(10);
    expect(await statusOf(tryToBegin())).toBe(409);
    await first.close();
    const next = await begin();
    await next.result();
    await next.close();
    streaming = true;
    // The host may still be ending the one before.
    await vi.waitFor(() => expect(tryToBegin()).rejects.toThrow('Somebody is streaming'), {
      timeout: 15_000,
    });
  });

  it('ends at once when the device is gone, and nothing follows it', async () => {
    const test = await begin(10);
    while (test.figures().packets === 0) await sleep(10);
    const began = performance.now();
    await test.close();
    await expect(test.result()).rejects.toBeInstanceOf(SpeedTestFailed);
    const next = await begin();
    // Ten seconds were asked for.
    expect(performance.now() - began).toBeLessThan(8500);
    await next.close();
  });

  it('ends when the owner withdraws the permission', async () => {
    const test = await begin(10);
    while (test.figures().packets === 0) await sleep(10);
    await host.devices.permit(fingerprint, { speedTest: false });
    expect((await test.result()).sent.end).toBe('stopped');
    await test.close();
    expect(await statusOf(tryToBegin())).toBe(403);
  });

  it('begins with no ping but the right one from the right address', async () => {
    const { run, lines } = await announced();
    const [session] = lines;
    if (session?.kind !== 'session') throw new Error('no session');
    expect(session.port).toBe(videoPort);
    const stranger = await udp('127.0.0.2');
    stranger.socket.send(`${session.pingPayload}\0\0\0\x01`, videoPort, '127.0.0.1');
    const guess = await udp('127.0.0.1');
    guess.socket.send('0123456789abcdef\0\0\0\x01', videoPort, '127.0.0.1');
    guess.socket.send('PING', videoPort, '127.0.0.1');
    guess.socket.send(session.pingPayload, videoPort, '127.0.0.1');
    await sleep(500);
    expect(lines).toEqual([session]);
    expect(stranger.got() + guess.got()).toBe(0);
    run.stop();
    stranger.socket.close();
    guess.socket.close();
  });

  it('that nobody pings is given up', async () => {
    const { lines, over } = await announced();
    await over;
    expect(lines.at(-1)).toMatchObject({ kind: 'failed' });
    expect((lines.at(-1) as { message: string }).message).toContain('UDP does not get through');
  });

  it('takes another rate from its own device only', async () => {
    const { run, lines, over } = await announced();
    const [session] = lines;
    if (session?.kind !== 'session') throw new Error('no session');
    expect(() => tests.setRate('ff'.repeat(32), session.id, 1000)).toThrow(
      'This speed test is over.',
    );
    expect(() => tests.setRate(fingerprint, '0000000000000000', 1000)).toThrow('is over');
    tests.setRate(fingerprint, session.id, 1000);
    run.stop();
    run.stop();
    await over;
    expect(() => tests.setRate(fingerprint, session.id, 1000)).toThrow('is over');
  });

  it('takes what was held from its own device only, and for a minute after its end', async () => {
    const { run, lines, over } = await announced();
    const [session] = lines;
    if (session?.kind !== 'session') throw new Error('no session');
    const found = () => links.linkKbps('127.0.0.1');
    const told = (id: string, kbps: number, by = fingerprint) => tests.noteHeld(by, id, kbps);
    // What an earlier test found went with its beginning.
    expect(found()).toBeUndefined();
    expect(() => told(session.id, 20_000, 'ff'.repeat(32))).toThrow('This speed test is over.');
    expect(() => told('0000000000000000', 20_000)).toThrow('is over');
    expect(found()).toBeUndefined();
    told(session.id, 20_000);
    expect(found()).toBe(16_000);
    run.stop();
    await over;
    time += 60_000;
    told(session.id, 10_000);
    expect(found()).toBe(8000);
    time += 1;
    expect(() => told(session.id, 5000)).toThrow('is over');
    expect(found()).toBe(8000);
    const next = await announced();
    expect(() => told(session.id, 5000)).toThrow('is over');
    expect(found()).toBeUndefined();
    next.run.stop();
    await next.over;
  });

  it('hears when the host does not want to know what was held', async () => {
    const test = await begin();
    await test.result();
    const later = await announced();
    expect(await test.tellHeld(10_000)).toBe(false);
    await test.close();
    later.run.stop();
    await later.over;
  });

  it('is ended by the host that stops', async () => {
    const stopping = new HostSpeedTests({
      log,
      control,
      devices: host.devices,
      start: { command: process.execPath, args: [main, 'media'] },
      build: addon.build,
      videoPort,
      streaming: () => false,
      links,
      now,
    });
    const device = host.devices.find(fingerprint)!;
    const request = { device, kbps: 5000, seconds: 10, remoteAddress: '127.0.0.1' };
    const run = stopping.begin(request);
    await stopping.close();
    await stopping.close();
    const lines: SpeedTestLine[] = [];
    for await (const line of run.lines) lines.push(line);
    expect(lines.map(({ kind }) => kind)).toEqual(['session']);
    expect(() => stopping.begin(request)).toThrow('The host is stopping.');
  });

  it('says so when the process that sends is another build, or cannot be started', async () => {
    for (const [build, command, why] of [
      ['another', process.execPath, 'upgraded while it ran'],
      [addon.build, '/nonexistent/earthshine', 'could not be started'],
    ] as const) {
      const broken = new HostSpeedTests({
        log,
        control,
        devices: host.devices,
        start: { command, args: [main, 'media'] },
        build,
        videoPort,
        streaming: () => false,
        links,
        now,
      });
      const device = host.devices.find(fingerprint)!;
      const run = broken.begin({ device, kbps: 5000, seconds: 1, remoteAddress: '127.0.0.1' });
      const lines: SpeedTestLine[] = [];
      for await (const line of run.lines) lines.push(line);
      expect(lines.at(-1)).toMatchObject({ kind: 'failed' });
      expect((lines.at(-1) as { message: string }).message).toContain(why);
      await broken.close();
    }
  });
});

async function udp(address: string): Promise<{ socket: dgram.Socket; got: () => number }> {
  const socket = dgram.createSocket('udp4');
  let datagrams = 0;
  socket.on('message', () => datagrams++);
  socket.bind(0, address);
  await once(socket, 'listening');
  return { socket, got: () => datagrams };
}

async function freeUdpPorts(count: number): Promise<number[]> {
  const sockets = await Promise.all(Array.from({ length: count }, () => udp('127.0.0.1')));
  const ports = sockets.map(({ socket }) => socket.address().port);
  await Promise.all(
    sockets.map(({ socket }) => new Promise<void>((resolve) => socket.close(() => resolve()))),
  );
  return ports;
}
