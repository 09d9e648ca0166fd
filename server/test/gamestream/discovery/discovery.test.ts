import dgram from 'node:dgram';
import { once } from 'node:events';
import os from 'node:os';
import dnsPacket, { type Answer, type Packet } from 'dns-packet';
import multicastDns, { type MulticastDNS } from 'multicast-dns';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Discovery, type DiscoveryOptions } from '../../../src/gamestream/discovery/discovery.ts';

const log = pino({ level: 'silent' });
const SERVICE = '_nvstream._tcp.local';

let multicastPort: number;
let asker: MulticastDNS;
let heard: Answer[];
const running: Discovery[] = [];

function make(changes: Partial<DiscoveryOptions> = {}): Discovery {
  const discovery = new Discovery({
    log,
    port: 47989,
    hostName: () => 'Game PC',
    machine: () => 'gamepc.home.example',
    addresses: [],
    multicastPort,
    loopback: true,
    interfaces: () => ({ lo: os.networkInterfaces()['lo'] ?? [] }),
    ...changes,
  });
  running.push(discovery);
  return discovery;
}

async function announced(discovery: Discovery): Promise<void> {
  const done = once(discovery, 'announced');
  await discovery.open();
  await done;
}

/** milliseconds in which silence is an answer; who answers has all the time of a busy machine */
const SILENCE_MS = 400;
const LIMIT = 10_000;

/** Asks like any other responder on the link would, from the mDNS port. */
async function ask(
  name: string,
  type: 'PTR' | 'SRV' | 'TXT' | 'A' | 'AAAA',
  { known = [], limit = LIMIT }: { known?: Answer[]; limit?: number } = {},
): Promise<{ answers: Answer[]; additionals: Answer[] } | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => finish(undefined), limit);
    const onResponse = (packet: Packet): void => {
      const types = packet.answers?.map((record) => record.type);
      // An announcement, which nobody asked for, has everything in its answers.
      if (types?.includes('PTR') && types.includes('SRV')) return;
      if (!packet.answers?.some((record) => record.name === name)) return;
      finish({ answers: packet.answers, additionals: packet.additionals ?? [] });
    };
    const finish = (result: Parameters<typeof resolve>[0]): void => {
      clearTimeout(timer);
      asker.off('response', onResponse);
      resolve(result);
    };
    asker.on('response', onResponse);
    asker.query({ questions: [{ name, type }], answers: known });
  });
}

beforeEach(async () => {
  multicastPort = 20_000 + Math.floor(Math.random() * 30_000);
  asker = multicastDns({ port: multicastPort, interface: '127.0.0.1', bind: '0.0.0.0' });
  heard = [];
  asker.on('response', (packet) => heard.push(...(packet.answers ?? [])));
  await once(asker, 'ready');
});
afterEach(async () => {
  for (const discovery of running.splice(0)) await discovery.close();
  await new Promise<void>((resolve) => asker.destroy(() => resolve()));
});

describe('Discovery', () => {
  it('answers what Moonlight clients ask', async () => {
    await announced(make());
    const found = await ask(SERVICE, 'PTR');
    expect(found?.answers).toMatchObject([{ type: 'PTR', data: `Game-PC.${SERVICE}` }]);
    expect(found?.additionals).toMatchObject([
      {
        name: `Game-PC.${SERVICE}`,
        type: 'SRV',
        data: { priority: 0, weight: 0, port: 47989, target: 'gamepc-earthshine.local' },
      },
      { name: `Game-PC.${SERVICE}`, type: 'TXT' },
      { name: 'gamepc-earthshine.local', type: 'A', data: '127.0.0.1' },
      ...(os.networkInterfaces()['lo']?.some((info) => info.family === 'IPv6')
        ? [{ name: 'gamepc-earthshine.local', type: 'AAAA', data: '::1' }]
        : []),
    ]);
    expect((await ask('gamepc-earthshine.local', 'A'))?.answers).toMatchObject([
      { type: 'A', data: '127.0.0.1', flush: true },
    ]);
    expect((await ask(`Game-PC.${SERVICE}`, 'SRV'))?.answers).toHaveLength(1);
    expect((await ask('_services._dns-sd._udp.local', 'PTR'))?.answers).toMatchObject([
      { data: SERVICE },
    ]);
  });

  it('keeps silent about what is not its own, or known already', async () => {
    await announced(make());
    expect(await ask('_http._tcp.local', 'PTR', { limit: SILENCE_MS })).toBeUndefined();
    expect(await ask('gamepc.local', 'A', { limit: SILENCE_MS })).toBeUndefined();
    const answer = `Game-PC.${SERVICE}`;
    const known = (ttl: number): Answer[] => [{ name: SERVICE, type: 'PTR', ttl, data: answer }];
    const fresh = { known: known(4500), limit: SILENCE_MS };
    expect(await ask(SERVICE, 'PTR', fresh)).toBeUndefined();
    expect(await ask(SERVICE, 'PTR', { known: known(2000) })).toBeDefined();
  });

  it('answers a resolver with a port of its own directly, with a TXT of one zero byte', async () => {
    await announced(make());
    const socket = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    socket.setMulticastInterface('127.0.0.1');
    const name = `Game-PC.${SERVICE}`;
    const query = dnsPacket.encode({
      type: 'query',
      id: 4711,
      questions: [{ name, type: 'TXT' }],
    });
    const reply = once(socket, 'message');
    socket.send(query, multicastPort, '224.0.0.251');
    const bytes = (await reply)[0] as Buffer;
    socket.close();
    const packet = dnsPacket.decode(bytes);
    expect(packet).toMatchObject({ id: 4711, questions: [{ name, type: 'TXT' }] });
    // type 16, class IN without flush, 10 s, one byte of data: the length 0
    expect(bytes.toString('hex')).toMatch(/001000010000000a000100$/);
  });

  it('says hello twice and goodbye at the end', async () => {
    const discovery = make();
    await announced(discovery);
    const hello = () => heard.filter((record) => record.type === 'PTR' && record.name === SERVICE);
    await vi.waitUntil(() => hello().length >= 2, { timeout: LIMIT });
    expect(hello()).toMatchObject([{ ttl: 4500 }, { ttl: 4500 }]);
    heard.length = 0;
    await discovery.close();
    await discovery.close();
    const types = () => heard.map((record) => record.type);
    await expect
      .poll(types, { timeout: LIMIT })
      .toEqual(expect.arrayContaining(['PTR', 'SRV', 'TXT', 'A']));
    expect(heard.every((record) => 'ttl' in record && record.ttl === 0)).toBe(true);
    expect(await ask(SERVICE, 'PTR', { limit: SILENCE_MS })).toBeUndefined();
  });

  it('takes another name when its own is taken', async () => {
    const first = make();
    await announced(first);
    const second = make({ port: 40_000 });
    await announced(second);
    expect(second.service).toEqual({
      instance: 'Game-PC-2',
      host: 'gamepc-earthshine-2',
      port: 40_000,
    });
    expect(first.service.instance).toBe('Game-PC');
  });

  it('lets one of two that start together give way', async () => {
    const both = [make(), make({ port: 40_000 })];
    await Promise.all(both.map(announced));
    const names = () => both.map((discovery) => discovery.service.instance).sort();
    await expect.poll(names, { timeout: LIMIT }).toEqual(['Game-PC', 'Game-PC-2']);
  });

  it('gives up its name when another machine holds it', async () => {
    const discovery = make();
    await announced(discovery);
    const again = once(discovery, 'announced');
    asker.respond([
      { name: 'gamepc-earthshine.local', type: 'A', ttl: 120, flush: true, data: '127.9.9.9' },
    ]);
    await again;
    expect(discovery.service.host).toBe('gamepc-earthshine-2');
  });

  it('tells a new address', async () => {
    const lo = os.networkInterfaces()['lo']!.find((info) => info.family === 'IPv4')!;
    let addresses = ['127.0.0.1'];
    const discovery = make({
      lookInterval: 200,
      interfaces: () => ({ lo: addresses.map((address) => ({ ...lo, address })) }),
    });
    await announced(discovery);
    const again = once(discovery, 'announced');
    addresses = ['127.0.0.1', '127.0.0.2'];
    await again;
    const found = await ask('gamepc-earthshine.local', 'A');
    expect(found?.answers.map((record) => 'data' in record && record.data)).toEqual(addresses);
  });

  it('survives datagrams that are no DNS', async () => {
    await announced(make());
    const socket = dgram.createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    socket.setMulticastInterface('127.0.0.1');
    for (const bytes of ['', '00', 'ff'.repeat(12), '0000000000010000000000000c00'.repeat(3)]) {
      socket.send(Buffer.from(bytes, 'hex'), multicastPort, '224.0.0.251');
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.close();
    expect(await ask(SERVICE, 'PTR')).toBeDefined();
  });
});
