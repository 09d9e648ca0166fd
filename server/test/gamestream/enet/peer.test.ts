import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { decodeDatagram, encodeDatagram } from '../../../src/gamestream/enet/datagram.ts';
import { Simulation } from './simulation.ts';

const texts = (list: readonly [number, Buffer][]): string[] =>
  list.map(([channel, data]) => `${channel}:${data.toString()}`);

/** A repeatable network: loss, repeats and reordering drawn from one list of numbers. */
function network(draws: readonly number[], loss: number) {
  let at = 0;
  const draw = (): number => draws[at++ % draws.length]!;
  return (): number[] => {
    if (draw() < loss) return [];
    const first = 1 + Math.floor(draw() * 20);
    return draw() < 0.1 ? [first, first + Math.floor(draw() * 30)] : [first];
  };
}

describe('an ENet peer', () => {
  it('delivers every reliable message once and in order over a bad network', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 40, maxLength: 200 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 3000 })), {
          minLength: 1,
          maxLength: 40,
        }),
        (draws, messages) => {
          const simulation = new Simulation().connect();
          simulation.fate = network(draws, 0.25);
          const sent = new Map<number, string[]>();
          messages.forEach(([channel, length], index) => {
            const data = Buffer.alloc(length, `${index}.`);
            sent.set(channel, [...(sent.get(channel) ?? []), data.toString()]);
            simulation.client.sendReliable(channel, data);
            simulation.host.sendReliable(channel, data);
            simulation.run(index % 7);
          });
          // Draws may repeat a pattern of loss for ever; in the end every network is good for a while.
          simulation.run(3000);
          simulation.fate = () => [2];
          simulation.run(60_000, () => simulation.client.idle && simulation.host.idle);
          for (const side of ['client', 'host'] as const) {
            const got = new Map<number, string[]>();
            for (const [channel, data] of simulation.received[side]) {
              got.set(channel, [...(got.get(channel) ?? []), data.toString()]);
            }
            expect(got).toEqual(sent);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes on past the end of the sequence numbers', () => {
    const simulation = new Simulation(() => [1]).connect();
    const count = 70_000;
    for (let index = 0; index < count; index += 1) {
      simulation.client.sendReliable(3, Buffer.from([index & 0xff]));
      if (index % 400 === 0) simulation.run(4);
    }
    simulation.run(20_000, () => simulation.client.idle);
    expect(simulation.received.host.length).toBe(count);
    expect(simulation.received.host.every(([, data], index) => data[0] === (index & 0xff))).toBe(
      true,
    );
  });

  it('does not open a sequence window while older ones are unacknowledged', () => {
    const simulation = new Simulation(() => [1]).connect();
    simulation.fate = (_bytes, to) => (to === 'client' ? [] : [1]);
    for (let index = 0; index < 9000; index += 1) simulation.client.sendReliable(0, Buffer.of(1));
    simulation.run(20);
    // The first window begins at 1 and is never full by its count; the second one is.
    expect(simulation.received.host.length).toBe(8191);
    simulation.fate = () => [1];
    simulation.run(20_000, () => simulation.client.idle);
    expect(simulation.received.host.length).toBe(9000);
  });

  it('keeps at most a window of reliable data in transit', () => {
    const simulation = new Simulation(() => [1]).connect();
    const before = simulation.datagrams.client.length;
    simulation.fate = () => [];
    simulation.client.sendReliable(0, Buffer.alloc(100_000));
    const sent = simulation.datagrams.client
      .slice(before)
      .flatMap((bytes) => decodeDatagram(bytes)!.commands)
      .reduce((sum, command) => sum + ('data' in command ? (command.data as Buffer).length : 0), 0);
    expect(sent).toBeGreaterThan(60_000);
    expect(sent).toBeLessThanOrEqual(65_536);
  });

  it('drops unreliable messages that are late and keeps those whose reliable one is missing', () => {
    const held: Buffer[] = [];
    const simulation = new Simulation(() => [1]).connect();
    const { client, received } = simulation;
    client.sendReliable(2, Buffer.from('r1'));
    simulation.run(5);
    simulation.fate = (bytes) => (held.push(bytes), []);
    client.sendUnreliable(2, Buffer.from('u1'));
    client.sendUnreliable(2, Buffer.from('u2'));
    client.sendReliable(2, Buffer.from('r2'));
    client.sendUnreliable(2, Buffer.from('u3'));
    simulation.fate = () => [1];
    for (const index of [1, 0, 3, 2]) {
      simulation.host.receive(decodeDatagram(held[index]!)!, held[index]!.length);
    }
    expect(texts(received.host)).toEqual(['2:r1', '2:u2', '2:r2', '2:u3']);
  });

  it('delivers unsequenced messages at once, in any order, once each', () => {
    const held: Buffer[] = [];
    const simulation = new Simulation(() => [1]).connect();
    simulation.fate = (bytes) => (held.push(bytes), []);
    for (const text of ['a', 'b', 'c']) simulation.client.sendUnsequenced(1, Buffer.from(text));
    for (const index of [2, 0, 2, 1, 0]) {
      simulation.host.receive(decodeDatagram(held[index]!)!, held[index]!.length);
    }
    expect(texts(simulation.received.host)).toEqual(['1:c', '1:a', '1:b']);
  });

  it('takes unreliable fragments and refuses contradicting ones', () => {
    const simulation = new Simulation().connect();
    const fragment = (number: number, data: string, totalLength = 6): void => {
      const bytes = encodeDatagram({
        peer: 3,
        session: 0,
        commands: [
          {
            kind: 'send-unreliable-fragment',
            acknowledge: false,
            unsequenced: false,
            channel: 4,
            sequence: 0,
            start: 1,
            count: 2,
            number,
            totalLength,
            offset: number * 3,
            data: Buffer.from(data),
          },
        ],
      });
      simulation.host.receive(decodeDatagram(bytes)!, bytes.length);
    };
    fragment(1, 'def');
    fragment(0, 'abc', 9);
    expect(simulation.received.host).toEqual([]);
    fragment(0, 'abc');
    expect(texts(simulation.received.host)).toEqual(['4:abcdef']);
  });

  it('holds a bounded amount of what waits', () => {
    const simulation = new Simulation().connect();
    let acknowledged = 0;
    for (let sequence = 2; sequence < 2000; sequence += 1) {
      const before = simulation.datagrams.host.length;
      const bytes = encodeDatagram({
        peer: 3,
        session: 0,
        sentTime: 0,
        commands: [
          {
            kind: 'send-reliable',
            acknowledge: true,
            unsequenced: false,
            channel: 0,
            sequence,
            data: Buffer.alloc(800),
          },
        ],
      });
      simulation.host.receive(decodeDatagram(bytes)!, bytes.length);
      acknowledged += simulation.datagrams.host.length - before;
    }
    expect(simulation.received.host).toEqual([]);
    expect(acknowledged).toBeGreaterThan(100);
    expect(acknowledged * 800).toBeLessThan(256 * 1024);
  });

  it('measures the round trip and adapts its retransmission to it', () => {
    const simulation = new Simulation(() => [10]).connect();
    for (let count = 0; count < 50; count += 1) {
      simulation.client.sendReliable(0, Buffer.of(count));
      simulation.run(100);
    }
    expect(simulation.client.roundTrip.mean).toBeGreaterThanOrEqual(19);
    expect(simulation.client.roundTrip.mean).toBeLessThanOrEqual(23);
    expect(simulation.client.retransmissions).toBe(0);
  });

  it('pings when nothing else is acknowledged and times out when nobody answers', () => {
    const simulation = new Simulation(() => [1]).connect();
    simulation.run(3000);
    const pings = simulation.datagrams.host
      .flatMap((bytes) => decodeDatagram(bytes)!.commands)
      .filter(({ kind }) => kind === 'ping');
    expect(pings.length).toBeGreaterThanOrEqual(4);
    simulation.host.timeouts = { limit: 32, minimum: 5000, maximum: 10_000 };
    simulation.fate = () => [];
    const silentSince = simulation.now;
    simulation.run(40_000, () => simulation.ends.host.length > 0);
    expect(simulation.ends.host).toEqual(['timed-out']);
    expect(simulation.now - silentSince).toBeGreaterThanOrEqual(5000);
    expect(simulation.now - silentSince).toBeLessThanOrEqual(11_000);
  });

  it('ends politely, at once, and after everything was sent', () => {
    const polite = new Simulation().connect();
    polite.client.disconnect(9);
    polite.run(50);
    expect(polite.ends).toEqual({ client: ['by-host'], host: ['by-peer'] });

    const abrupt = new Simulation().connect();
    abrupt.host.disconnectNow(9);
    abrupt.run(50);
    expect(abrupt.ends).toEqual({ client: ['by-peer'], host: [] });
    expect(abrupt.datagrams.host.at(-1)!.length).toBe(10);
    expect(abrupt.datagrams.host.at(-1)![2]).toBe(0x44);

    const later = new Simulation().connect();
    later.fate = network([0.1, 0.9, 0.4, 0.6, 0.3, 0.8], 0.25);
    for (let index = 0; index < 20; index += 1) later.client.sendReliable(0, Buffer.of(index));
    later.client.disconnectLater();
    later.run(30_000, () => later.ends.client.length > 0);
    expect(later.received.host.length).toBe(20);
    expect(later.ends).toEqual({ client: ['by-host'], host: ['by-peer'] });
  });
});
