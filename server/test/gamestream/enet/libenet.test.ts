import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { EnetClient } from '../../../src/gamestream/enet/client.ts';
import { EnetHost } from '../../../src/gamestream/enet/host.ts';
import { monotonicMilliseconds, ServiceTimer } from '../../../src/gamestream/enet/service-timer.ts';
import { Counters } from '../../../src/telemetry/counters.ts';
import { LossyRelay } from './lossy-relay.ts';

let folder: string;
let program: string;
const closers: (() => Promise<void>)[] = [];

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-libenet-'));
  program = path.join(folder, 'libenet-peer');
  const source = path.join(import.meta.dirname, 'libenet-peer.c');
  execFileSync('cc', ['-O1', '-Wall', '-Werror', '-o', program, source, '-lenet']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function run(...args: string[]): { child: ChildProcess; lines: string[]; ended: Promise<unknown> } {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines: string[] = [];
  readline.createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
  const ended = once(child, 'close');
  closers.push(async () => {
    if (child.exitCode === null) child.kill();
    await ended;
  });
  return { child, lines, ended };
}

/** Our host on a loopback socket; echoes reliable messages and notes everything. */
async function echoHost(): Promise<{ port: number; notes: string[]; received: number[] }> {
  const notes: string[] = [];
  const received: number[] = [];
  const socket = dgram.createSocket('udp4');
  const host = new EnetHost({
    onFault: (error) => {
      throw error;
    },
    now: monotonicMilliseconds,
    send: (datagram, to) => socket.send(datagram, to.port, to.address, () => {}),
    counters: new Counters(),
    channelLimit: 48,
    policy: {
      authenticates: () => false,
      accept: (peer, request) => ({
        connected: () => {
          notes.push(`connected ${request.data.toString(16)}`);
          peer.trust();
        },
        message: (channel, data) => {
          if (channel >= 5) notes.push(Buffer.from(data).toString());
          else {
            received.push(data[0]!);
            peer.sendReliable(channel, data);
          }
        },
        disconnected: (end, data) => notes.push(`${end} ${data}`),
      }),
    },
  });
  const timer = new ServiceTimer(host, monotonicMilliseconds);
  socket.on('message', (bytes, { address, port }) => {
    host.receive(bytes, { address, port, local: 'only' });
    timer.arm();
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  closers.push(async () => {
    timer.close();
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  });
  return { port: socket.address().port, notes, received };
}

function checksum(data: Uint8Array): number {
  return data.reduce((sum, byte) => (Math.imul(sum, 31) + byte) >>> 0, 0);
}

async function until(condition: () => boolean, what: string, limit = 15_000): Promise<void> {
  const end = Date.now() + limit;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('our host and a libenet client', () => {
  it.each([
    ['small messages, polite end', 30, 40, 'later', 'by-peer 77'],
    ['fragments, end at once', 4, 20_000, 'now', 'by-peer 78'],
  ])('%s', async (_name, count, length, end, expected) => {
    const { port, notes, received } = await echoHost();
    const { lines, ended } = run('client', `${port}`, `${count}`, `${length}`, end);
    await ended;
    await until(() => notes.includes(expected), expected);
    expect(notes.slice(0, 3).sort()).toEqual(['connected a1b2c3d4', 'unreliable', 'unsequenced']);
    expect([...received].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(lines[0]).toBe('connected 48');
    const echoes = lines.filter((line) => line.startsWith('message'));
    expect(echoes.sort()).toEqual(
      Array.from({ length: count }, (_, index) => {
        return `message ${index % 3} ${length} ${checksum(Buffer.alloc(length, index))}`;
      }).sort(),
    );
    if (end === 'later') expect(lines.at(-1)).toBe('disconnected 0');
  });

  it('through a network that loses, repeats and reorders', async () => {
    const { port, notes, received } = await echoHost();
    const relay = new LossyRelay(0.08);
    closers.push(() => relay.close());
    const { lines, ended } = run('client', `${await relay.open(port)}`, '40', '3000', 'now');
    await ended;
    expect(relay.lost).toBeGreaterThan(5);
    expect(received.length).toBe(40);
    expect(lines.filter((line) => line.startsWith('message')).length).toBe(40);
    expect(notes).toContain('connected a1b2c3d4');
  });
});

describe('our client and a libenet host', () => {
  async function connect(end: string, loss?: number) {
    const { lines, ended } = run('host', end);
    await until(() => lines.length > 0, 'the port');
    let port = Number(lines[0]!.split(' ')[1]);
    if (loss !== undefined) {
      const relay = new LossyRelay(loss);
      closers.push(() => relay.close());
      port = await relay.open(port);
    }
    const messages: string[] = [];
    const ends: string[] = [];
    const client = await EnetClient.connect({
      address: '127.0.0.1',
      port,
      data: 0xcafe,
      onMessage: (channel, data) => messages.push(`${channel} ${data.length} ${checksum(data)}`),
      onDisconnected: (how, data) => ends.push(`${how} ${data}`),
    });
    closers.push(() => client.close());
    return { client, lines, ended, messages, ends };
  }

  it.each([
    ['a clean network', undefined],
    ['a lossy network', 0.15],
  ])('over %s: messages and fragments both ways, polite end', async (_name, loss) => {
    const { client, lines, ended, messages, ends } = await connect('stay', loss);
    expect(client.peer.channels).toBe(16);
    const expected: string[] = [];
    for (let index = 0; index < 20; index += 1) {
      const data = Buffer.alloc(index * 500, index);
      expected.push(`${index % 4} ${data.length} ${checksum(data)}`);
      client.sendReliable(index % 4, data);
    }
    await until(() => messages.length === 20, 'the echo');
    expect(messages.sort()).toEqual(expected.sort());
    // Each repetition may be lost, too, and waits twice as long as the one before.
    await client.disconnect(5, 20_000);
    expect(ends).toEqual(['by-host 0']);
    await ended;
    expect(lines.slice(1)).toEqual(['connected 16 0000cafe', 'disconnected 5']);
  });

  it('unreliable and unsequenced messages', async () => {
    const { client, messages } = await connect('stay');
    client.sendUnreliable(1, Buffer.from('unreliable'));
    client.sendUnsequenced(2, Buffer.from('unsequenced'));
    await until(() => messages.length === 2, 'the echo');
    expect(messages.map((line) => line.split(' ')[1]).sort()).toEqual(['10', '11']);
  });

  it('learns that the host ended it', async () => {
    const { client, ends } = await connect('kick');
    for (let index = 0; index < 10; index += 1) client.sendReliable(0, Buffer.of(index));
    await until(() => ends.length > 0, 'the end');
    expect(ends).toEqual(['by-peer 99']);
  });

  it('says so when nobody answers', async () => {
    const silent = dgram.createSocket('udp4').bind(0, '127.0.0.1');
    await once(silent, 'listening');
    closers.push(() => new Promise<void>((resolve) => silent.close(() => resolve())));
    const { port } = silent.address();
    const options = { address: '127.0.0.1', port, onMessage: () => {}, onDisconnected: () => {} };
    await expect(EnetClient.connect(options, 200)).rejects.toThrow(`port ${port} does not answer`);
  });
});
