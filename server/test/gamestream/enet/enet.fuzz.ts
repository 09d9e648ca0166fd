import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import exchange from '../../../../test/vectors/enet-exchange.json' with { type: 'json' };
import { decodeDatagram, encodeDatagram } from '../../../src/gamestream/enet/datagram.ts';
import { EnetHost } from '../../../src/gamestream/enet/host.ts';
import type { HostPeer } from '../../../src/gamestream/enet/host.ts';
import { Counters } from '../../../src/telemetry/counters.ts';
import { keptInputs, mutations } from '../../corpus/corpus-of-bytes.ts';
import { fuzz } from '../../corpus/fuzz.ts';

const seeds = exchange.exchange.map(({ hex }) => Buffer.from(hex, 'hex'));
const kept = keptInputs('enet');
const HOME = { address: '192.0.2.1', port: 5000, local: 'a' };
const AWAY = { address: '192.0.2.2', port: 5001, local: 'a' };

function readsBack(bytes: Buffer): void {
  const datagram = decodeDatagram(bytes);
  if (!datagram) return;
  const written = encodeDatagram(datagram);
  // Two bits of a command's first byte mean nothing, so values are compared and not bytes.
  expect(decodeDatagram(written)).toEqual({ ...datagram, truncated: false });
  expect(datagram.truncated).toBe(written.length < bytes.length);
}

/** A host with one connected peer, and what it sends. */
function connectedHost() {
  const sent: { bytes: Buffer; to: string }[] = [];
  const peers: HostPeer[] = [];
  const clock = { now: 0xc9 };
  const counters = new Counters();
  const host = new EnetHost({
    onFault: (error) => {
      throw error;
    },
    now: () => clock.now,
    send: (bytes, path) => sent.push({ bytes, to: path.address }),
    counters,
    channelLimit: 48,
    policy: {
      authenticates: () => false,
      accept: (peer, request) => {
        if (request.data !== 0xa1b2c3d4) return undefined;
        peers.push(peer);
        return {};
      },
    },
  });
  host.receive(seeds[0]!, HOME);
  const acknowledged = Buffer.from(seeds[2]!);
  acknowledged.writeUInt16BE(0x8000, 0);
  clock.now += 1;
  host.receive(acknowledged, HOME);
  expect(peers[0]!.connected).toBe(true);
  sent.length = 0;
  return { host, sent, peers, clock, counters };
}

describe('the ENet parser', () => {
  it.each(kept)('replays $name', ({ bytes }) => {
    readsBack(bytes);
    const { host } = connectedHost();
    host.receive(bytes, HOME);
    host.receive(bytes, AWAY);
  });

  it('reads anything without harm', async () => {
    await fuzz(fc.property(mutations(seeds), readsBack));
  });

  it('lets strangers change nothing and answers them with nothing', async () => {
    const { host, sent, peers } = connectedHost();
    const { lastHeard } = peers[0]!;
    await fuzz(
      fc.property(mutations(seeds), (bytes) => {
        const waited = decodeDatagram(bytes)?.commands[0];
        fc.pre(!(waited?.kind === 'connect' && waited.data === 0xa1b2c3d4));
        host.receive(bytes, AWAY);
        expect(sent).toEqual([]);
        expect(host.peers).toEqual([peers[0]]);
        expect(peers[0]!.lastHeard).toBe(lastHeard);
        expect(peers[0]!.path).toEqual(HOME);
      }),
    );
  });

  it('survives a hostile peer and never answers it with more than it sent', async () => {
    let scene = connectedHost();
    await fuzz(
      fc.property(mutations(seeds), fc.nat(50), (bytes, pause) => {
        if (!scene.peers[0]!.connected) scene = connectedHost();
        const { host, sent, clock } = scene;
        clock.now += pause;
        // The recorded client speaks to index 3; this host gave index 0.
        if (bytes.length > 1) bytes[1] = 0;
        host.receive(bytes, HOME);
        const answered = sent.splice(0);
        const total = answered.reduce((sum, datagram) => sum + datagram.bytes.length, 0);
        expect(total).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});
