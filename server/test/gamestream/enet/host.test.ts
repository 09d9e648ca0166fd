import { beforeEach, describe, expect, it } from 'vitest';

import type { Command } from '../../../src/gamestream/enet/command.ts';
import { decodeDatagram, encodeDatagram } from '../../../src/gamestream/enet/datagram.ts';
import { EnetHost } from '../../../src/gamestream/enet/host.ts';
import type { HostPeer, Path } from '../../../src/gamestream/enet/host.ts';
import { Peer } from '../../../src/gamestream/enet/peer.ts';
import { Counters } from '../../../src/telemetry/counters.ts';

const HOME: Path = { address: '192.0.2.1', port: 5000, local: '192.0.2.100' };
const AWAY: Path = { address: '198.51.100.7', port: 6000, local: '192.0.2.100' };
const PASSWORD = Buffer.from('proof');

let now: number;
let sent: { datagram: Buffer; path: Path }[];
let messages: string[];
let counters: Counters;
let accepted: HostPeer[];
let host: EnetHost;

beforeEach(() => {
  now = 1000;
  sent = [];
  messages = [];
  accepted = [];
  counters = new Counters();
  host = new EnetHost({
    onFault: (error) => {
      throw error;
    },
    now: () => now,
    send: (datagram, path) => sent.push({ datagram, path }),
    counters,
    peerLimit: 4,
    policy: {
      authenticates: (_peer, message) => PASSWORD.equals(message),
      accept: (peer, request) => {
        if (request.data !== 7) return undefined;
        accepted.push(peer);
        return { message: (_channel, data) => messages.push(Buffer.from(data).toString()) };
      },
    },
  });
});

/** A client whose datagrams are handed over by the test. */
function client(connectId = 1, data = 7): { peer: Peer; out: Buffer[] } {
  const out: Buffer[] = [];
  const peer = new Peer({
    index: 0,
    now: () => now,
    send: (bytes) => out.push(bytes),
    listener: {},
  });
  peer.connect(48, connectId, data);
  return { peer, out };
}

function exchange({ peer, out }: ReturnType<typeof client>, path: Path): void {
  for (let round = 0; round < 5; round += 1) {
    for (const bytes of out.splice(0)) host.receive(bytes, path);
    for (const { datagram } of sent.splice(0)) {
      const decoded = decodeDatagram(datagram)!;
      if (peer.matches(decoded)) peer.receive(decoded, datagram.length);
    }
  }
}

describe('an ENet host', () => {
  it('is silent towards a CONNECT that nobody waits for', () => {
    const { out } = client(1, 8);
    host.receive(out[0]!, HOME);
    expect(sent).toEqual([]);
    expect(host.peers).toEqual([]);
    expect(counters.get('enet-connect-refused')).toBe(1);
  });

  it('repeats VERIFY_CONNECT three times at most, then forgets the peer', () => {
    const { out } = client();
    host.receive(out[0]!, HOME);
    for (let step = 0; step < 400; step += 1) {
      now += 25;
      host.receive(out[0]!, HOME);
      host.service();
      if (host.peers.length === 0) break;
    }
    expect(sent.length).toBe(3);
    expect(sent.every(({ datagram }) => datagram.length < out[0]!.length)).toBe(true);
    expect(accepted.length).toBe(1);
  });

  it('answers an untrusted peer with no more bytes than it got and sends nothing unasked', () => {
    const guest = client();
    exchange(guest, HOME);
    expect(accepted[0]!.connected).toBe(true);
    const ping = (sequence: number): Command => ({
      kind: 'ping',
      acknowledge: true,
      unsequenced: false,
      channel: 255,
      sequence,
    });
    for (let count = 1; count <= 32; count += 1) {
      const bytes = encodeDatagram({
        peer: 0,
        session: 0,
        sentTime: 5,
        commands: Array.from({ length: count }, (_, index) => ping(100 + index)),
      });
      host.receive(bytes, HOME);
      const answer = sent.splice(0);
      expect(answer.length).toBeLessThanOrEqual(1);
      expect(answer[0]?.datagram.length ?? 0).toBeLessThanOrEqual(bytes.length);
    }
    now += 3000;
    host.service();
    expect(sent).toEqual([]);
    accepted[0]!.trust();
    host.service();
    expect(sent.length).toBe(1);
  });

  it('follows a peer to another address only with a message that proves it', () => {
    const guest = client();
    exchange(guest, HOME);
    accepted[0]!.trust();
    guest.peer.sendReliable(0, Buffer.from('hello'));
    exchange(guest, HOME);

    guest.peer.sendReliable(0, Buffer.from('forged'));
    exchange(guest, AWAY);
    expect(messages).toEqual(['hello']);
    expect(accepted[0]!.path).toEqual(HOME);
    expect(counters.get('enet-foreign-address')).toBe(1);

    guest.peer.sendReliable(0, PASSWORD);
    for (const bytes of guest.out.splice(0)) host.receive(bytes, AWAY);
    expect(accepted[0]!.path).toEqual(AWAY);
    expect(sent.splice(0).every(({ path }) => path === AWAY)).toBe(true);
  });

  it('tells connections of one slot apart by their session ids', () => {
    const first = client(1);
    exchange(first, HOME);
    accepted[0]!.trust();
    const late = encodeDatagram({
      peer: 0,
      session: 0,
      sentTime: 5,
      commands: [
        {
          kind: 'send-reliable',
          acknowledge: true,
          unsequenced: false,
          channel: 0,
          sequence: 1,
          data: Buffer.from('late'),
        },
      ],
    });
    accepted[0]!.disconnectNow();
    sent.length = 0;
    const second = client(2);
    exchange(second, HOME);
    expect(accepted[1]!.index).toBe(0);
    expect(accepted[1]!.connected).toBe(true);
    host.receive(late, HOME);
    expect(messages).toEqual([]);
    second.peer.sendReliable(0, Buffer.from('mine'));
    exchange(second, HOME);
    expect(messages).toEqual(['mine']);
  });

  it('refuses channel counts that the protocol does not have, and more peers than it has room for', () => {
    const { out } = client();
    const connect = Buffer.from(out[0]!);
    connect.writeUInt32BE(256, 4 + 16);
    host.receive(connect, HOME);
    connect.writeUInt32BE(0, 4 + 16);
    host.receive(connect, HOME);
    expect(accepted).toEqual([]);
    for (let id = 0; id < 9; id += 1) {
      host.receive(client(id).out[0]!, { ...HOME, port: 5000 + id });
    }
    expect(host.peers.length).toBe(4);
    expect(counters.get('enet-full')).toBe(5);
  });
});
