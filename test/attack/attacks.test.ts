import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { GameStreamClient } from '../../server/src/client/game-stream-client.ts';
import type { Stream } from '../../server/src/client/stream.ts';
import { encodeDatagram } from '../../server/src/gamestream/enet/datagram.ts';
import { portsFrom } from '../../server/src/gamestream/ports.ts';
import { HostUnderTest } from '../e2e/support/host-under-test.ts';

/*
 * What a stranger on the network does to a host while somebody plays, and what it costs the one who plays
 * (docs/4-evidence/security.md has the table). Three namespaces: scripts/test attack.
 */

const HOST = '10.77.1.1';
/** the host, as the stranger reaches it */
const TARGET = '10.77.2.1';
const CLIENT = '10.77.1.2';
const SECONDS = 6;
/** Goals: share of the frames, and milliseconds of control round trip, that an attack may cost. */
const FRAMES = 0.01;
const ROUND_TRIP = 20;

const stranger = process.env['EARTHSHINE_ATTACK_STRANGER'];
const here = import.meta.dirname;
const run = promisify(execFile);

let host: HostUnderTest;
let client: GameStreamClient;
let stream: Stream;
let folder: string;
let forge: string;
const table: string[] = [];

beforeAll(async () => {
  if (!stranger) throw new Error('Run this as scripts/test attack.');
  folder = mkdtempSync(path.join(os.tmpdir(), 'earthshine-attack-'));
  forge = path.join(folder, 'forge');
  execFileSync('cc', ['-O2', '-Wall', '-Wextra', '-o', forge, path.join(here, 'support/forge.c')]);
  host = await HostUnderTest.start({
    address: HOST,
    environment: { EARTHSHINE_ATTACK_HOST: process.env['EARTHSHINE_ATTACK_HOST']! },
  });
  client = await host.pairedClient(HOST);
  stream = await play();
});

afterAll(async () => {
  await stream?.close();
  await host?.close();
  rmSync(folder, { recursive: true, force: true });
  console.log(
    [
      '| attack | frames lost | control round trip, ms | serverinfo, ms |',
      '|---|---|---|---|',
      ...table,
    ].join('\n'),
  );
});

async function play(): Promise<Stream> {
  const app = (await client.app('Test pattern')).id;
  const started = await client.stream(app, {
    width: 1280,
    height: 720,
    fps: 60,
    invalidation: true,
  });
  await sleep(2000);
  return started;
}

interface Figures {
  readonly frames: number;
  readonly lost: number;
  readonly roundTrip: number;
  readonly serverinfo: number;
}

/** What the stream gets while something goes on. */
async function measure(during: () => Promise<unknown>): Promise<Figures> {
  const before = stream.video.statistics();
  const trips: number[] = [];
  const polls: number[] = [];
  let over = false;
  const watching = (async () => {
    while (!over) {
      trips.push(stream.control.roundTrip.mean);
      await sleep(100);
    }
  })();
  const polling = (async () => {
    while (!over) {
      const asked = performance.now();
      await client.info();
      polls.push(performance.now() - asked);
      await sleep(500);
    }
  })();
  await during();
  over = true;
  await Promise.all([watching, polling]);
  const after = stream.video.statistics();
  return {
    frames: after.frames - before.frames,
    lost: after.lostFrames - before.lostFrames,
    roundTrip: Math.max(...trips),
    serverinfo: Math.max(...polls),
  };
}

const share = ({ frames, lost }: Figures): number => lost / Math.max(1, frames + lost);

/** Compares with the calm just before: the machine may be busy with other things. */
async function survives(name: string, attack: () => Promise<unknown>): Promise<void> {
  const calm = await measure(() => sleep(SECONDS * 1000));
  const attacked = await measure(attack);
  const percent = (figures: Figures): string => `${(share(figures) * 100).toFixed(2)} %`;
  table.push(
    `| ${name} | ${percent(calm)} → ${percent(attacked)} | ${calm.roundTrip.toFixed(0)} → ` +
      `${attacked.roundTrip.toFixed(0)} | ${calm.serverinfo.toFixed(0)} → ${attacked.serverinfo.toFixed(0)} |`,
  );
  expect(share(attacked) - share(calm), 'frames lost').toBeLessThan(FRAMES);
  expect(attacked.roundTrip - calm.roundTrip, 'control round trip').toBeLessThan(ROUND_TRIP);
  expect(attacked.frames, 'frames seen').toBeGreaterThan(SECONDS * 20);
  expect(host.process.output).not.toContain('media process died');
}

function strange(kind: string): Promise<unknown> {
  const script = path.join(here, 'support/stranger.ts');
  return run('ip', [
    // prettier-ignore
    'netns',
    'exec',
    stranger!,
    process.execPath,
    '--no-warnings',
    script,
    kind,
    TARGET,
    String(host.base),
    String(SECONDS),
  ]);
}

function forged(
  port: number,
  target: number,
  count: number,
  interval: number,
  datagrams: readonly Buffer[],
): Promise<unknown> {
  return run('ip', [
    // prettier-ignore
    'netns',
    'exec',
    stranger!,
    forge,
    CLIENT,
    String(port),
    HOST,
    String(target),
    String(count),
    String(interval),
    ...datagrams.map((bytes) => bytes.toString('hex')),
  ]);
}

/** UDP ports of this namespace, of which one is the client's control connection. */
function ownPorts(): number[] {
  return readFileSync('/proc/net/udp', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const port = /^\s*\d+: [0-9A-F]{8}:([0-9A-F]{4})/.exec(line)?.[1];
      return port ? [parseInt(port, 16)] : [];
    });
}

describe('while somebody plays', () => {
  it.each([
    ['mDNS, 60 kB of pointer chains, 4 Mbit/s', 'mdns'],
    ['mDNS, 1.2 kB of them, 2000 a second', 'mdns-small'],
    ['ENet, 1,666 payloads a datagram, 30 a second', 'enet'],
    ['400 connections held from 25 addresses of one /64', 'hold'],
    ['500 requests to pair a second', 'pair'],
  ])('%s', async (name, kind) => {
    await survives(name, () => strange(kind));
  });

  it('DISCONNECTs from the address of the client, for every index and session', async () => {
    const commands = [false, true].map((acknowledge) => ({
      kind: 'disconnect' as const,
      data: 0,
      acknowledge,
      unsequenced: !acknowledge,
      channel: 0xff,
      sequence: 9,
    }));
    const datagrams = [0, 1, 2, 3].flatMap((peer) =>
      [0, 1, 2, 3].flatMap((session) =>
        commands.map((command) =>
          encodeDatagram({
            peer,
            session,
            ...(command.acknowledge ? { sentTime: 1 } : {}),
            commands: [command],
          }),
        ),
      ),
    );
    const { control } = portsFrom(host.base);
    let ended = false;
    stream.once('ended', () => (ended = true));
    await survives('8 forged DISCONNECTs a second, each index and session', async () => {
      for (let second = 0; second < SECONDS; second += 1) {
        await Promise.all(ownPorts().map((port) => forged(port, control, 8, 20_000, datagrams)));
        await sleep(800);
      }
    });
    expect(ended).toBe(false);
  });

  it('sniffed pings from the address of the client, one each 20 ms', async () => {
    const { video } = portsFrom(host.base);
    const ping = Buffer.from(`${stream.negotiated.video.pingPayload}\0\0\0\x01`, 'latin1');
    await survives("sniffed pings from the client's address, 50 a second", () =>
      forged(7777, video, 15 * 50, 20_000, [ping]),
    );
  });

  it('and a client comes in while a whole /64 holds what it can', async () => {
    const attack = strange('hold');
    await sleep(1500);
    await stream.close();
    await client.cancel();
    const began = performance.now();
    stream = await play();
    expect(stream.video.statistics().frames).toBeGreaterThan(20);
    expect(performance.now() - began).toBeLessThan(10_000);
    await attack;
  });
});
