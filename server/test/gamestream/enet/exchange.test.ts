import { describe, expect, it } from 'vitest';

import exchange from '../../../../test/vectors/enet-exchange.json' with { type: 'json' };
import { decodeDatagram, encodeDatagram } from '../../../src/gamestream/enet/datagram.ts';
import { EnetHost } from '../../../src/gamestream/enet/host.ts';
import type { HostPeer } from '../../../src/gamestream/enet/host.ts';
import { Peer } from '../../../src/gamestream/enet/peer.ts';
import { Counters } from '../../../src/telemetry/counters.ts';

const datagrams = exchange.exchange.map(({ hex }) => Buffer.from(hex, 'hex'));

describe('the recorded exchange', () => {
  it('is read completely and written back byte for byte', () => {
    for (const bytes of datagrams) {
      const datagram = decodeDatagram(bytes)!;
      expect(datagram.truncated).toBe(false);
      expect(encodeDatagram(datagram)).toEqual(bytes);
    }
  });

  it('is answered as the recorded host did', () => {
    const sent: Buffer[] = [];
    const messages: string[] = [];
    const ends: unknown[] = [];
    let now = 0xc9;
    const host = new EnetHost({
      onFault: (error) => {
        throw error;
      },
      now: () => now,
      send: (datagram, path) => path.port === 5000 && sent.push(datagram),
      counters: new Counters(),
      channelLimit: 0x30,
      policy: {
        authenticates: () => false,
        accept: (peer: HostPeer, request) => {
          if (request.data !== 0xa1b2c3d4) return {};
          return {
            connected: () => {
              peer.trust();
              peer.sendReliable(0, Buffer.from('xyz'));
            },
            message: (channel, data) => messages.push(`${channel}:${Buffer.from(data).toString()}`),
            disconnected: (end, data) => ends.push([end, data]),
          };
        },
      },
    });
    // The recorded host gave index 3: three others take the slots before.
    const connect = decodeDatagram(datagrams[0]!)!;
    const [request] = connect.commands;
    for (let port = 1; port <= 3; port += 1) {
      const other = { ...connect, commands: [{ ...request!, data: 0 }] };
      host.receive(encodeDatagram(other as never), { address: '192.0.2.9', port, local: 'a' });
    }
    for (const [index, { from }] of exchange.exchange.entries()) {
      if (from === 'client') {
        now = index === 0 ? 0xc9 : 0xca;
        host.receive(datagrams[index]!, { address: '192.0.2.1', port: 5000, local: 'a' });
      } else {
        expect(sent.shift()?.toString('hex'), exchange.exchange[index]!.note).toBe(
          exchange.exchange[index]!.hex,
        );
      }
    }
    expect(sent).toEqual([]);
    expect(messages).toEqual(['0:ab', '1:cd', '0:ef', '32:gh']);
    expect(ends).toEqual([['by-peer', 7]]);
  });

  it('begins with the CONNECT that our own client sends', () => {
    const sent: Buffer[] = [];
    const client = new Peer({
      index: 0,
      now: () => 0x4a07,
      send: (datagram) => sent.push(datagram),
      listener: {},
    });
    client.connect(0x30, 0x952db0ee, 0xa1b2c3d4);
    expect(sent).toEqual([datagrams[0]]);
  });
});
