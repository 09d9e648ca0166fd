import { randomBytes } from 'node:crypto';

import { describe, expect, it, onTestFinished } from 'vitest';

import { sealControl } from '../../../src/client/control/sealed-message.ts';
import * as packets from '../../../src/client/control/input-packets.ts';
import type { Command, CommandBody } from '../../../src/gamestream/enet/command.ts';
import { encodeDatagram } from '../../../src/gamestream/enet/datagram.ts';
import { LossyRelay } from '../enet/lossy-relay.ts';
import {
  counted,
  enetClient,
  launch,
  LAUNCH,
  LEGACY,
  ping,
  PING,
  SETTINGS,
  startServer,
} from './control-host.ts';
import { until } from './free-ports.ts';

describe('who may control a stream', () => {
  it('answers nobody whom no launch names, and one connection for each launch', async () => {
    const { plane, seen, controlPort, connect } = await startServer();
    const stranger = (data: number) => enetClient(controlPort, { data }, 400);
    plane.expect(LAUNCH);
    // Not before its ANNOUNCE told how it speaks.
    await expect(stranger(LAUNCH.connectData)).rejects.toThrow('does not answer');
    plane.configure(1, SETTINGS);
    await expect(stranger(1)).rejects.toThrow('does not answer');
    const { stream } = await connect();
    await until(() => seen('connected').length > 0, 'the connection');
    await expect(stranger(LAUNCH.connectData)).rejects.toThrow('does not answer');
    await stream.disconnect();
    await until(() => seen('disconnected').length > 0, 'the end');
    // Its key has served: a later connection needs another launch.
    await expect(stranger(LAUNCH.connectData)).rejects.toThrow('does not answer');
  });

  it('lets only the holder of the key in, however many try', async () => {
    const { plane, seen, connect, controlPort } = await startServer();
    launch(plane);
    const thief = await enetClient(controlPort);
    const forged = sealControl(randomBytes(16), 'v2', 'client', 0, {
      type: 0x0302,
      payload: Buffer.alloc(2),
    });
    thief.sendReliable(0, forged);
    thief.sendReliable(0, Buffer.from('plain'));
    await counted(plane, 'control-undecryptable');
    expect(seen('connected')).toEqual([]);
    await connect();
    await until(() => seen('connected').length > 0, 'the connection');
    thief.sendReliable(0, forged);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(thief.peer.idle).toBe(false);
  });

  it('keeps a place for the client when strangers know its connect data', async () => {
    const { plane, seen, connect, controlPort } = await startServer();
    launch(plane);
    const stranger = (limit?: number) =>
      enetClient(controlPort, { localAddress: '127.0.0.2' }, limit);
    await Promise.all(Array.from({ length: 4 }, () => stranger()));
    await expect(stranger(300)).rejects.toThrow('does not answer');
    await connect();
    await until(() => seen('connected').length > 0, 'the connection');
    expect(seen('connected')).toEqual([['connected', 1, '127.0.0.1']]);
  });

  it('follows a client that moves, and then its media', async () => {
    const { addon, plane, seen, connect, controlPort, videoPort } = await startServer();
    launch(plane);
    const relay = new LossyRelay(0);
    onTestFinished(() => relay.close());
    const { stream, ended, violations } = await connect({ through: await relay.open(controlPort) });
    await until(() => seen('connected').length > 0, 'the connection');
    await relay.move('127.0.0.2');
    stream.input(packets.mouseMove(1, 2));
    await until(() => addon.calls.includes('move 1 2'), 'the movement');
    const port = await ping(PING, videoPort, '127.0.0.2');
    await until(() => seen('endpoint').length > 0, 'the endpoint');
    expect(seen('endpoint')).toMatchObject([
      ['endpoint', 1, 'video', { address: '127.0.0.2', port }],
    ]);
    expect((await plane.counters())['enet-moved']).toBeGreaterThan(0);
    await plane.end(1, 0x80030023);
    expect(ended).toEqual([0x80030023]);
    expect(violations.list).toEqual([]);
  });

  it('does not let one of the older kind move: its messages can be sent again by anybody', async () => {
    const { addon, plane, seen, connect, controlPort } = await startServer();
    launch(plane, {}, LEGACY);
    const relay = new LossyRelay(0);
    onTestFinished(() => relay.close());
    const { stream } = await connect({ legacy: true, through: await relay.open(controlPort) });
    await until(() => seen('connected').length > 0, 'the connection');
    await relay.move('127.0.0.2');
    stream.input(packets.mouseMove(1, 2));
    await counted(plane, 'enet-foreign-address');
    expect(addon.calls).not.toContain('move 1 2');
    expect(await plane.counters()).not.toHaveProperty('enet-moved');
  });

  it('is not told by strangers that a client left, nor kept from hearing it', async () => {
    const { addon, plane, seen, connect, controlPort } = await startServer();
    launch(plane);
    const relay = new LossyRelay(0);
    onTestFinished(() => relay.close());
    const { stream, violations } = await connect({ through: await relay.open(controlPort) });
    await until(() => seen('connected').length > 0, 'the connection');
    // What a sniffer sees: whose index and session, and which numbers are next.
    const target = relay.last.readUInt16BE(0) & 0x3fff;
    const forge = (command: Partial<Command> & CommandBody, stamped = true): void =>
      relay.forge(
        encodeDatagram({
          peer: target & 0xfff,
          session: target >> 12,
          ...(stamped ? { sentTime: 1 } : {}),
          commands: [
            { acknowledge: stamped, unsequenced: false, channel: 3, sequence: 1, ...command },
          ],
        }),
      );
    for (let n = 0; n < 8; n += 1) {
      forge({ kind: 'disconnect', data: 0, channel: 0xff, sequence: 40 + n });
      forge({ kind: 'disconnect', data: 0, channel: 0xff, unsequenced: true }, false);
      forge({ kind: 'send-reliable', data: randomBytes(40), channel: 3, sequence: 1 });
      forge({ kind: 'bandwidth-limit', incoming: 1, outgoing: 1, channel: 0xff, sequence: 60 + n });
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(seen('disconnected')).toEqual([]);
    expect((await plane.counters())['control-forged-disconnect']).toBeGreaterThan(4);
    stream.input(packets.mouseMove(3, 4));
    await until(() => addon.calls.includes('move 3 4'), 'the movement');
    // Its own word is believed when it falls silent with it.
    const left = performance.now();
    await stream.disconnect();
    await until(() => seen('disconnected').length > 0, 'the end');
    expect(performance.now() - left).toBeGreaterThan(800);
    expect(performance.now() - left).toBeLessThan(2500);
    expect(violations.list).toEqual([]);
  });

  it('plays nothing twice', async () => {
    const { addon, plane, seen, controlPort } = await startServer();
    launch(plane);
    const client = await enetClient(controlPort);
    const seal = (sequence: number, type: number, payload: Buffer): Buffer =>
      sealControl(Buffer.from(LAUNCH.key), 'v2', 'client', sequence, { type, payload });
    const move = seal(1, 0x0206, packets.mouseMove(5, 5).bytes);
    client.sendReliable(0, seal(0, 0x0302, Buffer.alloc(2)));
    client.sendReliable(3, move);
    // The same under another number of ENet's: it takes no place, so that what follows on this channel waits.
    client.sendReliable(3, move);
    client.sendReliable(4, seal(2, 0x0206, packets.mouseMove(9, 9).bytes));
    await counted(plane, 'control-repeated');
    const sum = (): number =>
      addon.calls
        .filter((call) => call.startsWith('move'))
        .reduce((total, call) => total + Number(call.split(' ')[1]), 0);
    await until(() => sum() === 14, 'both movements');
    expect(seen('keyframeRequested').length).toBe(1);
  });
});
