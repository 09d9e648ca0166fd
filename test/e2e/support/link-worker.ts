// A network between host and client, on a thread of its own: one UDP port for the client, one towards the host.
import dgram from 'node:dgram';
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { LinkDecisions, type LinkModel } from './link-model.ts';

/** Packets that a reordered one lets pass. */
const LATE_BY = 3;
/** Milliseconds after which a reordered packet goes although nothing follows it. */
const LATE_AT_MOST = 20;
const BUFFER = 4 << 20;

const { port, model } = workerData as { readonly port: number; readonly model: LinkModel };
const decisions = new LinkDecisions(model);
const near = dgram.createSocket('udp4');
const far = dgram.createSocket('udp4');
let client: dgram.RemoteInfo | undefined;
/** In order of their time; a rate limit and a delay keep the order. */
const waiting: { readonly at: number; readonly packet: Buffer }[] = [];
let held: { readonly packet: Buffer; left: number; readonly until: number }[] = [];
let timer: NodeJS.Timeout | undefined;

for (const socket of [near, far]) socket.on('error', () => undefined);

near.on('message', (packet, from) => {
  client = from;
  if (model.delay) setTimeout(() => far.send(packet, port, '127.0.0.1'), model.delay);
  else far.send(packet, port, '127.0.0.1');
});

far.on('message', (packet) => {
  const now = performance.now();
  const passage = decisions.next(packet.length, now);
  if (passage.late) {
    held.push({ packet, left: LATE_BY, until: now + LATE_AT_MOST });
  } else {
    for (let copy = 0; copy < passage.copies; copy++) depart(packet, now + passage.wait);
    if (passage.copies > 0) letPass(now + passage.wait);
  }
  schedule();
});

function letPass(at: number): void {
  for (const one of held) if (--one.left === 0) depart(one.packet, at);
  held = held.filter((one) => one.left > 0);
}

function depart(packet: Buffer, at: number): void {
  if (at <= performance.now() && waiting.length === 0) toClient(packet);
  else waiting.push({ at, packet });
}

function toClient(packet: Buffer): void {
  if (client) near.send(packet, client.port, client.address);
}

function schedule(): void {
  if (timer || (waiting.length === 0 && held.length === 0)) return;
  timer = setTimeout(() => {
    timer = undefined;
    const now = performance.now();
    // A timer is a millisecond late at least: what is due within the next goes too.
    while (waiting.length > 0 && waiting[0]!.at <= now + 0.5) toClient(waiting.shift()!.packet);
    for (const one of held) if (one.until <= now) toClient(one.packet);
    held = held.filter((one) => one.until > now);
    schedule();
  }, 1);
}

near.bind(0, '127.0.0.1');
far.bind(0, '127.0.0.1');
await Promise.all([once(near, 'listening'), once(far, 'listening')]);
for (const socket of [near, far]) {
  socket.setRecvBufferSize(BUFFER);
  socket.setSendBufferSize(BUFFER);
}
parentPort!.postMessage({ port: near.address().port });
parentPort!.on('message', (wish: { readonly darkFor?: number }) => {
  if (wish.darkFor !== undefined) decisions.darken(performance.now() + wish.darkFor);
  else parentPort!.postMessage({ counters: decisions.counters });
});
