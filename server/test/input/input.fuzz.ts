import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import vectors from '../../../test/vectors/input-packets.json' with { type: 'json' };
import { GamepadSets } from '../../src/input/gamepad-sets.ts';
import { InputBatch } from '../../src/input/input-batch.ts';
import { decodeInputPacket } from '../../src/input/input-packet.ts';
import { InputSession } from '../../src/input/input-session.ts';
import { Counters } from '../../src/telemetry/counters.ts';
import { FUZZ_RUNS, keptInputs, mutations } from '../corpus/corpus-of-bytes.ts';
import { fuzz } from '../corpus/fuzz.ts';
import { RecordingAddon } from './recording-addon.ts';

const seeds = vectors.packets.map(({ packet }) => Buffer.from(packet, 'hex'));
/** Most mutations change the length; the size field follows, so that they get further in. */
const inputs = fc.tuple(mutations(seeds), fc.boolean()).map(([bytes, fix]) => {
  if (fix && bytes.length >= 4) bytes.writeUInt32BE(bytes.length - 4, 0);
  return bytes;
});

const SOURCE = { x: 7, y: 0, width: 4, height: 3, desktopWidth: 11, desktopHeight: 5 };

function checks(bytes: Buffer): void {
  const packet = decodeInputPacket(bytes);
  if (typeof packet === 'string') return;
  for (const value of Object.values(packet)) {
    if (typeof value === 'number') expect(Number.isFinite(value)).toBe(true);
  }
  if ('controller' in packet) expect(packet.controller).toBeLessThanOrEqual(15);
}

describe('the input parser', () => {
  it.each(keptInputs('input'))('replays $name', ({ bytes }) => checks(bytes));

  it('reads anything without harm', async () => {
    await fuzz(fc.property(inputs, checks));
  });

  it('hands the devices numbers in range only, and leaves nothing held', async () => {
    const runs = Math.ceil(FUZZ_RUNS / 50);
    await fuzz(
      fc.property(fc.array(inputs, { minLength: 50, maxLength: 50 }), (list) => {
        const addon = new RecordingAddon();
        const session = new InputSession({
          addon: () => addon,
          target: { backend: 'uinput', width: 16, height: 9, source: SOURCE },
          clientName: 'x',
          gamepads: new GamepadSets(() => addon).of(undefined, 'x'),
          keepGamepads: false,
          rumble: () => {},
          pressed: () => {},
          notice: () => {},
          counters: new Counters(),
          log: pino({ enabled: false }),
        });
        list.forEach((bytes) => session.receive(bytes));
        session.close();
        const held = new Set<string>();
        for (const call of addon.calls) {
          expect(call).not.toMatch(/NaN|Infinity|undefined/);
          const [what, code, state] = call.split(' ');
          if (what === 'at') expect(Number(code)).toBeLessThanOrEqual(1);
          if (what !== 'key' && what !== 'button') continue;
          if (state === 'down') held.add(`${what} ${code}`);
          else held.delete(`${what} ${code}`);
        }
        expect([...held]).toEqual([]);
      }),
      runs,
    );
  });

  it('merges anything without harm', async () => {
    const batch = new InputBatch(() => {});
    await fuzz(
      fc.property(inputs, (bytes) => {
        const packet = decodeInputPacket(bytes);
        if (typeof packet !== 'string') batch.push(packet);
      }),
    );
    batch.flush();
  });
});
