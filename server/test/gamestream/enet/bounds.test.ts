import { createDecipheriv, randomBytes } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import type { Command } from '../../../src/gamestream/enet/command.ts';
import { decodeDatagram, encodeDatagram } from '../../../src/gamestream/enet/datagram.ts';
import { EnetHost } from '../../../src/gamestream/enet/host.ts';
import type { Path } from '../../../src/gamestream/enet/host.ts';
import { Peer } from '../../../src/gamestream/enet/peer.ts';
import { Counters } from '../../../src/telemetry/counters.ts';

const HOME: Path = { address: '192.0.2.1', port: 5000, local: '192.0.2.100' };
const AWAY: Path = { address: '198.51.100.7', port: 6000, local: '192.0.2.100' };

function messages(count: number, size: number): Command[] {
  return Array.from({ length: count }, (_, n) => ({
    kind: 'send-unsequenced' as const,
    acknowledge: false,
    unsequenced: true,
    channel: 0,
    sequence: 0,
    group: n + 1,
    data: randomBytes(size),
  }));
}

/** What a host with one trusted client does with datagrams that are not its own, and how often it tries its key. */
function house() {
  let tries = 0;
  const key = randomBytes(16);
  const opens = (data: Uint8Array): boolean => {
    tries += 1;
    const decipher = createDecipheriv('aes-128-gcm', key, Buffer.alloc(12), { authTagLength: 16 });
    decipher.setAuthTag(data.subarray(0, 16));
    decipher.update(data.subarray(16));
    try {
      decipher.final();
      return true;
    } catch {
      return false;
    }
  };
  const out: Buffer[] = [];
  const client = new Peer({
    index: 0,
    now: () => 0,
    send: (bytes) => out.push(bytes),
    listener: {},
  });
  const host = new EnetHost({
    onFault: (error) => {
      throw error;
    },
    now: () => 0,
    send: (datagram) => {
      const decoded = decodeDatagram(datagram);
      if (decoded) client.receive(decoded, datagram.length);
    },
    counters: new Counters(),
    policy: {
      authenticates: (_peer, message) => opens(message),
      accept: (peer) => {
        queueMicrotask(() => peer.trust());
        return { admits: opens };
      },
    },
  });
  client.connect(48, 1, 7);
  for (let n = 0; n < out.length; n += 1) host.receive(out[n]!, HOME);
  return { host, tries: () => tries };
}

describe('one datagram', () => {
  it('is no longer than any MTU and brings no more commands than ENet sends', () => {
    const many = encodeDatagram({ peer: 0, session: 0, commands: messages(40, 20) });
    const decoded = decodeDatagram(many)!;
    expect(decoded.commands).toHaveLength(32);
    expect(decoded.truncated).toBe(true);
    const long = encodeDatagram({ peer: 0, session: 0, commands: messages(1666, 28) });
    expect(long.length).toBeGreaterThan(59_000);
    expect(decodeDatagram(long)).toBeUndefined();
    expect(decodeDatagram(Buffer.alloc(4097))).toBeUndefined();
    expect(decodeDatagram(Buffer.alloc(4096, 0x85))).toBeDefined();
  });

  it.each([
    ['from elsewhere', AWAY],
    ['from the address of a client', HOME],
  ])('%s tries the key once, and takes no millisecond', (_where, path) => {
    const { host, tries } = house();
    const forged = encodeDatagram({ peer: 0, session: 0, commands: messages(32, 100) });
    const times = Array.from({ length: 51 }, () => {
      const began = performance.now();
      host.receive(forged, path);
      return performance.now() - began;
    });
    expect(tries()).toBe(51);
    expect(times.sort((a, b) => a - b)[25]).toBeLessThan(1);
  });
});
