import { setImmediate as turn } from 'node:timers/promises';

import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import vectors from '../../../../test/vectors/control-encryption.json' with { type: 'json' };
import exchange from '../../../../test/vectors/enet-exchange.json' with { type: 'json' };
import { ControlSession } from '../../../src/gamestream/control/control-session.ts';
import type { ControlMessage } from '../../../src/gamestream/control/message-cipher.ts';
import { sealMessage } from '../../../src/gamestream/control/message-cipher.ts';
import { EnetHost } from '../../../src/gamestream/enet/host.ts';
import type { HostPeer } from '../../../src/gamestream/enet/host.ts';
import type { PeerListener } from '../../../src/gamestream/enet/peer-options.ts';
import { GamepadSets } from '../../../src/input/gamepad-sets.ts';
import { Counters } from '../../../src/telemetry/counters.ts';
import { keptInputs, mutations } from '../../corpus/corpus-of-bytes.ts';
import { fuzz } from '../../corpus/fuzz.ts';
import { RecordingAddon } from '../../input/recording-addon.ts';

const KEY = { key: Buffer.alloc(16, 9), v2: true };
const cases = vectors.cases.filter(({ direction }) => direction === 'client-to-host');
const plaintexts = cases.map(({ plaintext }) => Buffer.from(plaintext, 'hex'));
const KEYFRAME_PLEASE: ControlMessage = { type: 0x0302, payload: Buffer.alloc(2) };
const CLIENT = { address: '192.0.2.1', port: 5000, local: 'a' };

/** A launch whose client has an ENet connection and has not proved anything yet. */
function launched() {
  const events: unknown[][] = [];
  const sent: Buffer[] = [];
  const counters = new Counters();
  const addon = new RecordingAddon();
  const now = (): number => 0xc9;
  const session = new ControlSession({
    launch: {
      number: 1,
      key: KEY.key,
      connectData: 0xa1b2c3d4,
      pingPayload: '0123456789ABCDEF',
      address: CLIENT.address,
      clientName: 'x',
    },
    input: () => addon,
    gamepads: new GamepadSets(() => addon).of(undefined, 'x'),
    now,
    emit: (event, ...args) => void events.push([event, ...args]),
    moved: (...move) => void events.push(['moved', ...move]),
    counters,
    log: pino({ enabled: false }),
  });
  session.configure({
    v2: true,
    honoursPingPayload: true,
    sendsFecStatus: true,
    input: { backend: 'uinput', width: 16, height: 9 },
  });
  let peer: HostPeer | undefined;
  let listener: PeerListener | undefined;
  const host = new EnetHost({
    onFault: (error) => {
      throw error;
    },
    now,
    send: (bytes) => void sent.push(bytes),
    counters,
    policy: {
      authenticates: () => false,
      accept: (connecting) => {
        peer = connecting;
        listener = session.attach(connecting);
        return listener;
      },
    },
  });
  host.receive(Buffer.from(exchange.exchange[0]!.hex, 'hex'), CLIENT);
  sent.length = 0;
  const say = (bytes: Uint8Array): void => listener!.message!(0, bytes);
  const sealed = (sequence: number, message: ControlMessage): Buffer =>
    sealMessage(KEY, 'client', sequence, message);
  return { session, events, sent, counters, addon, peer: peer!, say, sealed };
}

/** As the holder of a key may write them: any type, any payload. */
function messageOf(bytes: Buffer): ControlMessage {
  const type = bytes.length >= 2 ? bytes.readUInt16LE(0) : 0;
  return { type, payload: bytes.subarray(4) };
}

describe('a control session', () => {
  it('is changed by nothing that its key did not seal, before the client is known and after', async () => {
    for (const isKnown of [false, true]) {
      const { session, events, sent, counters, addon, peer, say, sealed } = launched();
      if (isKnown) say(sealed(0, KEYFRAME_PLEASE));
      const before = events.splice(0).length;
      expect(before).toBe(isKnown ? 2 : 0);
      const calls = [...addon.calls];
      const [first, later] = [sealed(1, KEYFRAME_PLEASE), sealed(900, KEYFRAME_PLEASE)];
      const genuine = new Set([first, later].map((packet) => packet.toString('hex')));
      const packets = [first, later, ...cases.map(({ packet }) => Buffer.from(packet, 'hex'))];
      let refused = 0;
      await fuzz(
        fc.property(mutations(packets), (bytes) => {
          fc.pre(!genuine.has(bytes.toString('hex')));
          say(bytes);
          expect(session.proves(bytes)).toBe(false);
          expect(counters.get('control-undecryptable')).toBe(++refused);
          expect(events).toEqual([]);
          expect(sent).toEqual([]);
          expect(session.over).toBe(false);
          expect(peer.state).not.toBe('disconnected');
        }),
      );
      expect(addon.calls).toEqual(calls);
      // No number was used up, and the client is heard as if nothing had been.
      for (const packet of [later, first]) say(packet);
      expect(events.map(([event]) => event)).toEqual([
        ...(isKnown ? [] : ['connected']),
        'keyframeRequested',
        'keyframeRequested',
      ]);
    }
  });

  it('bears whatever the holder of its key says, and stays as it was', async () => {
    const { session, events, counters, addon, say, sealed } = launched();
    let sequence = 0;
    say(sealed(sequence++, KEYFRAME_PLEASE));
    events.length = 0;
    const inputs = mutations([...plaintexts, ...keptInputs('control').map(({ bytes }) => bytes)]);
    const known = [
      'keyframeRequested',
      'invalidationRequested',
      'fecStatus',
      'lossStats',
      'notice',
    ];
    await fuzz(
      fc.asyncProperty(inputs, async (bytes) => {
        const packet = sealed(sequence++, messageOf(bytes));
        say(packet);
        const came = events.splice(0);
        for (const [event, id] of came) {
          expect(known).toContain(event);
          expect(id).toBe(1);
        }
        say(packet);
        expect(events).toEqual([]);
        expect(session.over).toBe(false);
        // What is played is played when the thread has nothing else to do.
        if (sequence % 64 === 0) await turn();
        addon.calls.length = 0;
        addon.pads.length = 0;
      }),
    );
    expect(counters.get('control-messages')).toBeGreaterThan(1);
    say(sealed(sequence, KEYFRAME_PLEASE));
    expect(events).toEqual([['keyframeRequested', 1]]);
    await session.end();
    expect(session.over).toBe(true);
  });
});
