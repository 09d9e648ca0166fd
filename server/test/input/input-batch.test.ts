import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { InputBatch, mergeInput } from '../../src/input/input-batch.ts';
import type { InputPacket } from '../../src/input/input-packet.ts';

const short = fc.integer({ min: -32_768, max: 32_767 });
const step: fc.Arbitrary<InputPacket> = fc.oneof(
  fc.record({ kind: fc.constant('move-relative' as const), dx: short, dy: short }),
  fc.record({
    kind: fc.constant('scroll' as const),
    vertical: fc.constantFrom(-120, -30, 30, 120),
    horizontal: fc.constant(0),
  }),
  fc.record({
    kind: fc.constant('button' as const),
    down: fc.boolean(),
    button: fc.integer({ min: 1, max: 5 }),
  }),
);

function sums(packets: readonly InputPacket[]) {
  let [x, y, wheel] = [0, 0, 0];
  const order: string[] = [];
  for (const packet of packets) {
    if (packet.kind === 'move-relative') {
      x += packet.dx;
      y += packet.dy;
    }
    if (packet.kind === 'scroll') wheel += packet.vertical;
    if (packet.kind === 'button')
      order.push(`${packet.button}${packet.down} at ${x},${y},${wheel}`);
  }
  return { x, y, wheel, order };
}

describe('a batch of input', () => {
  it('comes to the same place, with every button where it was pressed', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (packets) => {
        const played: InputPacket[] = [];
        const batch = new InputBatch((packet) => played.push(packet));
        packets.forEach((packet) => batch.push(packet));
        batch.flush();
        expect(sums(played)).toEqual(sums(packets));
        for (const packet of played) {
          if (packet.kind !== 'move-relative') continue;
          expect(Math.max(Math.abs(packet.dx), Math.abs(packet.dy))).toBeLessThanOrEqual(32_768);
        }
      }),
    );
  });

  it('plays by itself within the turn of the event loop, merged', async () => {
    const played: InputPacket[] = [];
    const batch = new InputBatch((packet) => played.push(packet));
    batch.push({ kind: 'move-relative', dx: 1, dy: 2 });
    batch.push({ kind: 'move-relative', dx: 10, dy: 20 });
    expect(played).toEqual([]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(played).toEqual([{ kind: 'move-relative', dx: 11, dy: 22 }]);
  });

  it('keeps the newest of states that replace each other, and only of those', () => {
    const state: InputPacket = {
      kind: 'controller',
      controller: 1,
      mask: 2,
      buttons: 0,
      leftTrigger: 0,
      rightTrigger: 0,
      leftX: 0,
      leftY: 0,
      rightX: 0,
      rightY: 0,
    };
    expect(mergeInput(state, { ...state, leftX: 9 })).toEqual({ ...state, leftX: 9 });
    expect(mergeInput(state, { ...state, buttons: 1 })).toBeUndefined();
    expect(mergeInput(state, { ...state, controller: 0 })).toBeUndefined();
    expect(mergeInput(state, { ...state, mask: 3 })).toBeUndefined();

    const at: InputPacket = { kind: 'move-absolute', x: 1, y: 1, maximumX: 9, maximumY: 9 };
    expect(mergeInput(at, { ...at, x: 5 })).toEqual({ ...at, x: 5 });
    expect(mergeInput(at, { ...at, maximumX: 8 })).toBeUndefined();

    const touch = {
      kind: 'touch',
      contact: 'move',
      pointerId: 1,
      x: 0,
      y: 0,
      pressure: 0,
      major: 0,
      minor: 0,
    } as const;
    expect(mergeInput(touch, { ...touch, x: 1 })).toEqual({ ...touch, x: 1 });
    expect(mergeInput(touch, { ...touch, pointerId: 2 })).toBeUndefined();
    expect(mergeInput({ ...touch, contact: 'down' }, touch)).toBeUndefined();
    const down: InputPacket = { ...touch, contact: 'down' };
    expect(mergeInput(down, down)).toBeUndefined();
  });

  it('does not merge a scroll that turns back', () => {
    const up: InputPacket = { kind: 'scroll', vertical: 60, horizontal: 0 };
    expect(mergeInput(up, { ...up, vertical: -60 })).toBeUndefined();
    expect(mergeInput(up, { kind: 'scroll', vertical: 0, horizontal: 60 })).toBeUndefined();
    expect(mergeInput(up, up)).toEqual({ ...up, vertical: 120 });
  });
});
