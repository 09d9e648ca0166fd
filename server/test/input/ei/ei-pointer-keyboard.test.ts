import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { EiPointerKeyboard } from '../../../src/input/ei/ei-pointer-keyboard.ts';
import type { NativeKeyboardLayout } from '../../../src/native/input-addon.ts';
import { EiSender } from '../../../src/input/ei/ei-sender.ts';
import { DEVICE, FakeEis, SEAT } from './fake-eis.ts';

const [POINTER, ABSOLUTE, BUTTON, SCROLL, KEYBOARD, TOUCH] = [21n, 22n, 23n, 24n, 25n, 26n].map(
  (n) => 0xff00000000000000n + n,
) as [bigint, bigint, bigint, bigint, bigint, bigint];
const MOUSE = { ei_pointer: POINTER, ei_button: BUTTON, ei_scroll: SCROLL };

let server: FakeEis;
let input: EiPointerKeyboard;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  server = new FakeEis();
  const sender = new EiSender(server.socket, 'TV', () => 7n);
  input = new EiPointerKeyboard(Promise.resolve(sender), { width: 2000, height: 1000 });
});
afterEach(() => {
  input.close();
  vi.useRealTimers();
});

async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await setImmediate();
  vi.runAllTimers();
  for (let i = 0; i < 5; i++) await setImmediate();
}

function ready(more: Readonly<Record<string, bigint>> = {}): Promise<void> {
  server.greet();
  server.offerSeat({ ei_pointer: 1n, ei_keyboard: 4n, ei_button: 0x20n, ei_unheard_of: 0x100n });
  server.addDevice(DEVICE, { ...MOUSE, ei_keyboard: KEYBOARD, ...more });
  return settle();
}

const asked = (object: bigint) => server.asked.filter((one) => one.object === object);

it('greets as a sender, binds what it knows, and begins to emulate', async () => {
  await ready();
  const handshake = asked(0n);
  expect(handshake.map(({ opcode }) => opcode)).toEqual([0, 2, 3, ...Array<number>(11).fill(4), 1]);
  expect(handshake[1]!.args.uint()).toBe(2);
  expect(handshake[2]!.args.string()).toBe('TV');
  const bind = asked(SEAT)[0]!;
  expect([bind.opcode, bind.args.ulong()]).toEqual([1, 0x25n]);
  const start = asked(DEVICE)[0]!;
  expect([start.opcode, start.args.uint(), start.args.uint()]).toEqual([1, 6, 1]);
});

it('what comes before the devices are there follows in order, each in a frame of its own', async () => {
  input.key(30, true);
  input.key(30, false);
  await ready();
  const keys = asked(KEYBOARD).map(({ opcode, args }) => [opcode, args.uint(), args.uint()]);
  expect(keys).toEqual([
    [1, 30, 1],
    [1, 30, 0],
  ]);
  const frames = asked(DEVICE).filter(({ opcode }) => opcode === 3);
  expect(frames.map(({ args }) => [args.uint(), args.ulong()])).toEqual([
    [6, 7n],
    [6, 7n],
  ]);
});

it('text is the keys that type it, by the layout and the locks of the session', async () => {
  const asks: unknown[] = [];
  const layout = Promise.withResolvers<NativeKeyboardLayout>();
  input.close();
  server = new FakeEis();
  input = new EiPointerKeyboard(
    Promise.resolve(new EiSender(server.socket, 'TV', () => 7n)),
    { width: 2000, height: 1000 },
    () => layout.promise,
  );
  await ready();
  server.say(KEYBOARD, 3, (to) => to.uint(9).uint(1).uint(2).uint(0).uint(3));
  await settle();
  input.key(56, true);
  expect(input.text(0x7a)).toBe(true);
  input.key(28, true);
  const keys = () => asked(KEYBOARD).map(({ args }) => [args.uint(), args.uint()]);
  // What the keys type is asked first; what follows the text waits with it.
  await settle();
  expect(asked(KEYBOARD)).toHaveLength(1);
  layout.resolve({
    strokes: (codePoint, held, locked, group) => {
      asks.push([codePoint, held, locked, group]);
      if (codePoint > 0x7f) return undefined;
      return [
        { code: 21, down: true },
        { code: 21, down: false },
      ];
    },
  });
  await settle();
  expect(asks).toEqual([[0x7a, [56], 2, 3]]);
  expect(keys()).toEqual([
    [56, 1],
    [21, 1],
    [21, 0],
    [28, 1],
  ]);
  // One that no key types is told with the next.
  input.text(0x416);
  expect(input.text(0x416)).toBe(false);
});

it('text cannot be typed where nobody tells what the keys type', async () => {
  await ready();
  expect(input.text(0x61)).toBe(false);
});

it('motion, buttons and the wheel', async () => {
  await ready();
  input.moveRelative(3, -4);
  input.button(0x110, true);
  input.scroll(120, -60);
  const motion = asked(POINTER)[0]!;
  expect([motion.opcode, motion.args.float(), motion.args.float()]).toEqual([1, 3, -4]);
  const button = asked(BUTTON)[0]!;
  expect([button.opcode, button.args.uint(), button.args.uint()]).toEqual([1, 0x110, 1]);
  const scroll = asked(SCROLL)[0]!;
  expect([scroll.opcode, scroll.args.int(), scroll.args.int()]).toEqual([2, -60, -120]);
});

it('a position goes to the device whose part of the desktop it is', async () => {
  await ready();
  const [left, right] = [0xff00000000000030n, 0xff00000000000031n];
  server.addDevice(left, { ei_pointer_absolute: ABSOLUTE }, [0, 0, 1000, 1000]);
  server.addDevice(right, { ei_pointer_absolute: ABSOLUTE + 100n }, [1000, 0, 1000, 1000]);
  await settle();
  input.moveAbsolute(0.75, 0.5);
  expect(asked(ABSOLUTE)).toEqual([]);
  const motion = asked(ABSOLUTE + 100n)[0]!;
  expect([motion.opcode, motion.args.float(), motion.args.float()]).toEqual([1, 1500, 500]);
  expect(asked(right).at(-1)!.opcode).toBe(3);
});

const finger = (kind: 'down' | 'move' | 'up', pointerId: number, x = 0.5, y = 0.5) =>
  input.touch({ kind, pointerId, x, y, pressure: 0, major: 0, minor: 0 });

it('fingers are contacts where the server has a touchscreen', async () => {
  await ready({ ei_touchscreen: TOUCH });
  finger('down', 70);
  finger('down', 71);
  finger('up', 70);
  finger('down', 72);
  const contacts = asked(TOUCH).map(({ opcode, args }) => [opcode, args.uint()]);
  expect(contacts).toEqual([
    [1, 0],
    [1, 1],
    [3, 0],
    [1, 0],
  ]);
});

it('the first finger is the mouse where it has none', async () => {
  await ready({ ei_pointer_absolute: ABSOLUTE });
  finger('down', 70);
  finger('down', 71);
  finger('up', 70);
  const buttons = asked(BUTTON).map(({ args }) => [args.uint(), args.uint()]);
  expect(buttons).toEqual([
    [0x110, 1],
    [0x110, 0],
  ]);
});

it('what is held is let go of at the end', async () => {
  await ready();
  input.key(30, true);
  input.button(0x110, true);
  input.button(0x111, true);
  input.button(0x111, false);
  input.close();
  expect(asked(KEYBOARD).at(-1)!.args.uint()).toBe(30);
  expect(asked(BUTTON).map(({ args }) => [args.uint(), args.uint()])).toEqual([
    [0x110, 1],
    [0x111, 1],
    [0x111, 0],
    [0x110, 0],
  ]);
  expect(input.alive()).toBe(false);
});

it('a paused device gets nothing, and a ping is answered', async () => {
  await ready();
  server.say(DEVICE, 8, (to) => to.uint(7));
  server.ping(0xff00000000000040n);
  await settle();
  input.key(30, true);
  expect(asked(KEYBOARD)).toEqual([]);
  expect(asked(0xff00000000000040n).map(({ opcode }) => opcode)).toEqual([0]);
});

it('a server that refuses tells why', async () => {
  server.greet();
  server.disconnect('locked');
  await expect(input.opened).rejects.toThrow(/locked/);
  expect(input.alive()).toBe(false);
});

it('a server that ends the connection later ends the devices', async () => {
  await ready();
  await input.opened;
  server.disconnect('locked');
  await settle();
  expect(input.alive()).toBe(false);
  expect(input.key(30, true)).toBe(false);
});

it('bytes that are no EI end it', async () => {
  server.socket.push(Buffer.alloc(64, 0xff));
  await expect(input.opened).rejects.toThrow(/message of/);
});
