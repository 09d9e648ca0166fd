import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import * as packets from '../../src/client/control/input-packets.ts';
import { GamepadSets } from '../../src/input/gamepad-sets.ts';
import type { Gamepads } from '../../src/input/gamepads.ts';
import { InputSession } from '../../src/input/input-session.ts';
import type { InputTarget } from '../../src/input/input-target.ts';
import { Counters } from '../../src/telemetry/counters.ts';
import { RecordingAddon } from './recording-addon.ts';

let addon: RecordingAddon;
let counters: Counters;
let notices: string[];
let rumbles: string[];
let presses: number;

beforeEach(() => {
  addon = new RecordingAddon();
  counters = new Counters();
  notices = [];
  rumbles = [];
  presses = 0;
});

const TARGET: InputTarget = { backend: 'uinput', width: 1920, height: 1080 };

function pads(): Gamepads {
  return new GamepadSets(() => addon).of(undefined, 'Phone');
}

function session(
  target: InputTarget = TARGET,
  gamepads: Gamepads = pads(),
  keepGamepads = false,
): InputSession {
  return new InputSession({
    addon: () => addon,
    target,
    clientName: 'Phone',
    gamepads,
    keepGamepads,
    rumble: (controller, low, high) => rumbles.push(`${controller} ${low} ${high}`),
    pressed: () => {
      presses += 1;
    },
    notice: (part, message) => notices.push(`${part}: ${message ?? 'over'}`),
    counters,
    log: pino({ enabled: false }),
  });
}

async function play(on: InputSession, ...list: packets.InputPacket[]): Promise<string[]> {
  const before = addon.calls.length;
  for (const { bytes } of list) {
    on.receive(bytes);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return addon.calls.slice(before);
}

describe('an input session', () => {
  it('opens its devices once and plays every kind', async () => {
    const input = session();
    input.open();
    input.open();
    expect(addon.calls).toEqual(['open uinput Phone']);
    expect(
      await play(
        input,
        packets.enableHaptics(),
        packets.mouseMove(3, -4),
        packets.mousePosition(960, 540, 1921, 1081),
        packets.mouseButton(true, 3),
        packets.mouseButton(true, 3),
        packets.mouseButton(false, 3),
        packets.mouseButton(false, 1),
        packets.scroll(-120),
        packets.horizontalScroll(30),
        packets.key(true, 0x41),
        packets.key(false, 0x41),
        ...packets.text('é'),
        packets.touch({ event: 1, pointer: 5, x: 0.25, y: 2, pressure: 0.5, rotation: 90 }),
        packets.touch({ event: 2, pointer: 5, x: 0.25, y: 0.5 }),
      ),
    ).toEqual([
      'move 3 -4',
      'at 0.5000 0.5000',
      'button 273 down',
      'button 273 up',
      'scroll -120 0',
      'scroll 0 30',
      'key 30 down',
      'key 30 up',
      'text é',
      'touch down 5 0.25 1 0.5 90',
      'touch up 5 0.25 0.5 0 -',
    ]);
    expect(notices).toEqual([]);
  });

  it('types by the own way of a desktop whose keys come from the kernel', async () => {
    const text = { backend: 'xtest', x11Display: ':7' } as const;
    const input = session({ ...TARGET, text });
    expect(
      await play(input, ...packets.text('é'), packets.key(true, 0x41), ...packets.text('ß')),
    ).toEqual(['open uinput Phone', 'open xtest Phone', 'text é', 'key 30 down', 'text ß']);
    // It is opened anew where the desktop has become another one, or has ended and is back.
    input.aim({ ...TARGET, text: { ...text, x11Display: ':8' } });
    expect(await play(input, ...packets.text('a'))).toEqual(['open xtest Phone', 'text a']);
    input.close();
    expect(addon.calls.slice(-3)).toEqual(['key 30 up', 'close', 'close']);
  });

  it('types by keys where that way cannot be had, and says so', async () => {
    const input = session({ ...TARGET, text: { backend: 'xtest', x11Display: ':7' } });
    input.open();
    await new Promise((resolve) => setImmediate(resolve));
    addon.opening = Promise.reject(new Error('no XTEST here'));
    addon.opening.catch(() => {});
    await play(input, ...packets.text('a'));
    expect(await play(input, ...packets.text('bc'))).toEqual(['text b', 'text c']);
    expect(addon.calls.filter((call) => call.startsWith('open'))).toHaveLength(2);
    expect(notices).toEqual(['text: no XTEST here']);
  });

  it('removes the bars from absolute positions', async () => {
    const source = { x: 0, y: 0, width: 1000, height: 500, desktopWidth: 1000, desktopHeight: 500 };
    const input = session({ ...TARGET, width: 1000, height: 1000, source });
    const at = packets.mousePosition(0, 250, 1001, 1001);
    const touch = packets.touch({ event: 3, pointer: 1, x: 1, y: 0.5 });
    expect(await play(input, at, touch)).toEqual([
      'open uinput Phone',
      'at 0.0005 0.0010',
      'touch move 1 0.9995 0.5 0 -',
    ]);
  });

  it('follows a screen that is resized, with everything held', async () => {
    const source = { x: 0, y: 0, width: 1000, height: 500, desktopWidth: 1000, desktopHeight: 500 };
    const target = { ...TARGET, width: 1000, height: 500 };
    const input = session({ ...target, source });
    const right = packets.mousePosition(1000, 0, 1001, 501);
    await play(input, packets.key(true, 0x43), right);
    // A monitor came to the left of it.
    input.aim({ ...target, source: { ...source, x: 1000, desktopWidth: 2000 } });
    const left = packets.mousePosition(0, 0, 1001, 501);
    expect(await play(input, right, left, packets.key(false, 0x43))).toEqual([
      'at 0.9998 0.0010',
      'at 0.5002 0.0010',
      'key 46 up',
    ]);
  });

  it('opens its devices anew when their X server has ended and come back', async () => {
    const input = session();
    await play(input, packets.key(true, 0x43));
    addon.alive = false;
    const before = addon.calls.length;
    input.aim(TARGET);
    expect(addon.calls.slice(before)).toEqual(['key 46 up', 'close', 'open uinput Phone']);
    expect(await play(input, packets.key(true, 0x43))).toEqual(['key 46 down']);
  });

  it('no longer tells of an X server that was away when it is back', async () => {
    addon.refusal = 'The display cannot be opened.';
    const input = session();
    await play(input, packets.key(true, 0x43));
    input.aim(TARGET);
    expect(notices).toEqual(['input: The display cannot be opened.']);
    addon.refusal = undefined;
    input.aim(TARGET);
    await play(input);
    expect(notices.slice(1)).toEqual(['input: over']);
    input.aim(TARGET);
    expect(await play(input, packets.key(true, 0x43))).toEqual(['key 46 down']);
    expect(notices.slice(2)).toEqual([]);
  });

  it('tells of an X server that hangs, and waits for it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const gate = Promise.withResolvers<undefined>();
    addon.opening = gate.promise.then(() => {});
    const input = session();
    input.open();
    await vi.advanceTimersByTimeAsync(2_999);
    expect(notices).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(notices).toEqual([expect.stringMatching(/^input: The desktop has not taken .* 3 s/)]);
    expect(await play(input, packets.key(true, 0x43))).toEqual(['key 46 down']);
    gate.resolve(undefined);
    await vi.advanceTimersByTimeAsync(0);
    expect(notices.slice(1)).toEqual(['input: over']);
    vi.useRealTimers();
  });

  it('tells why an X server does not take its input, and opens nothing again by itself', async () => {
    addon.opening = Promise.reject(new Error('It has no XTEST extension.'));
    const input = session();
    input.open();
    await play(input);
    expect(notices).toEqual(['input: It has no XTEST extension.']);
    expect(await play(input, packets.key(true, 0x43))).toEqual([]);
  });

  it('lets go when its input may go nowhere any more, and begins anew when it may', async () => {
    const input = session();
    const pressed = packets.controllerState({ controller: 1, mask: 2, buttons: 0x1000 });
    await play(input, packets.key(true, 0x43), packets.mouseButton(true, 1), pressed);
    const before = addon.calls.length;
    input.aim({ ...TARGET, backend: 'none' });
    expect(addon.calls.slice(before)).toEqual([
      'key 46 up',
      'button 272 up',
      'pad0 0 0 0 0 0 0 0',
      'close',
    ]);
    // What a controller is, a client tells once.
    const arrival = packets.controllerArrival(0, 2, 0, 0);
    expect(await play(input, packets.key(true, 0x43), pressed, arrival)).toEqual([]);
    expect(counters.get('input-dropped')).toBe(3);
    input.aim(TARGET);
    const state = packets.controllerState({ controller: 0, mask: 3, buttons: 0x2000 });
    expect(await play(input, packets.key(true, 0x43), pressed, state)).toEqual([
      'key 46 down',
      'pad0 4096 0 0 0 0 0 0',
      'pad1 open playstation Phone controller 1',
      'pad1 8192 0 0 0 0 0 0',
    ]);
  });

  it('releases what is held when it is closed, then ignores everything', async () => {
    const input = session();
    await play(
      input,
      packets.key(true, 0x11),
      packets.key(true, 0x43),
      packets.mouseButton(true, 1),
      packets.touch({ event: 1, pointer: 9, x: 0, y: 0 }),
      packets.controllerState({ controller: 0, mask: 1, buttons: 0x1000 }),
    );
    const before = addon.calls.length;
    input.receive(packets.mouseMove(7, 7).bytes);
    input.close();
    input.close();
    expect(addon.calls.slice(before)).toEqual([
      'move 7 7',
      'key 29 up',
      'key 46 up',
      'button 272 up',
      'touch cancel-all 0 0 0 0 -',
      'close',
      'pad0 close',
    ]);
    expect(await play(input, packets.mouseMove(1, 1))).toEqual([]);
  });

  it('lets go of everything for a silent client, which may go on later', async () => {
    const input = session();
    await play(
      input,
      packets.key(true, 0x43),
      packets.mouseButton(true, 1),
      packets.controllerState({ controller: 0, mask: 1, buttons: 0x1000, leftY: 900 }),
    );
    const before = addon.calls.length;
    input.release();
    const released = addon.calls.slice(before);
    expect(released.slice(0, 2)).toEqual(['key 46 up', 'button 272 up']);
    expect(released).toHaveLength(3);
    expect(released[2]).toMatch(/^pad0 .*0 0 0/);
    input.release();
    expect(await play(input, packets.key(true, 0x43))).toContain('key 46 down');
  });

  it('takes a pen away that a silent client left on the screen', async () => {
    const input = session();
    const down = packets.pen({ event: 1, x: 0.5, y: 0.5, pressure: 1 });
    await play(input, down);
    const before = addon.calls.length;
    input.release();
    input.release();
    expect(addon.calls.slice(before)).toEqual(['pen cancel pen 0 0 0 0 - -']);
    await play(input, down, packets.pen({ event: 6, x: 0, y: 0 }));
    const away = addon.calls.length;
    input.close();
    expect(addon.calls.slice(away)).toEqual(['close']);
  });

  it('finds pads that were opened before, and leaves them for the next one with nothing held', async () => {
    const kept = pads();
    kept.open(0b11);
    kept.open(0b11);
    expect(addon.calls).toEqual([
      'pad0 open xbox Phone controller 1',
      'pad1 open xbox Phone controller 2',
    ]);
    const first = session(TARGET, kept, true);
    await play(
      first,
      packets.controllerArrival(1, 2, 0, 0),
      packets.controllerArrival(0, 1, 0, 0),
      packets.controllerState({ controller: 0, mask: 3, buttons: 0x1000 }),
    );
    const before = addon.calls.length;
    first.close();
    expect(addon.calls.slice(before)).toEqual(
      ['pad0 0 0 0 0 0 0 0', 'pad2 0 0 0 0 0 0 0', 'close'].sort(
        (a, b) => Number(b === 'close') - Number(a === 'close'),
      ),
    );
    expect(addon.calls).toContain('pad2 open playstation Phone controller 2');
    // A program goes on with its rumble while nobody is there; the next client feels it.
    addon.pads[2]!({ kind: 'rumble', low: 5, high: 6 });
    expect(rumbles).toEqual([]);
    const second = session(TARGET, kept, false);
    expect(rumbles).toEqual(['1 5 6']);
    const state = packets.controllerState({ controller: 1, mask: 3, buttons: 0x8000 });
    expect(await play(second, packets.controllerArrival(1, 2, 0, 0), state)).toEqual([
      'open uinput Phone',
      'pad2 32768 0 0 0 0 0 0',
    ]);
    second.close();
    expect(addon.calls.slice(-3)).toEqual(['close', 'pad0 close', 'pad2 close']);
  });

  it('adds and removes controllers by arrival and mask', async () => {
    const input = session();
    input.open();
    expect(
      await play(
        input,
        packets.controllerArrival(1, 2, 0x3, 0xffff),
        packets.controllerState({ controller: 1, mask: 2, buttons: 0x1000, leftY: -5 }),
        packets.controllerState({ controller: 0, mask: 3, rightTrigger: 9 }),
        packets.controllerArrival(1, 2, 0x3, 0xffff),
        packets.controllerArrival(1, 3, 0x3, 0xffff),
        packets.controllerState({ controller: 1, mask: 1 }),
        packets.controllerState({ controller: 1, mask: 1 }),
      ),
    ).toEqual([
      'pad0 open playstation Phone controller 2',
      'pad0 4096 0 0 0 -5 0 0',
      'pad1 open xbox Phone controller 1',
      'pad1 0 0 9 0 0 0 0',
      'pad0 close',
      'pad2 open nintendo Phone controller 2',
      'pad2 close',
    ]);
  });

  it('passes rumble on when it changes, and silence when the pad goes', async () => {
    const input = session();
    await play(input, packets.controllerState({ controller: 3, mask: 8 }));
    const feedback = addon.pads[0]!;
    feedback({ kind: 'rumble', low: 100, high: 200 });
    feedback({ kind: 'rumble', low: 100, high: 200 });
    feedback({ kind: 'rumble', low: 0, high: 200 });
    await play(input, packets.controllerState({ controller: 3, mask: 0 }));
    feedback({ kind: 'rumble', low: 1, high: 1 });
    expect(rumbles).toEqual(['3 100 200', '3 0 200', '3 0 0']);
  });

  it('says once what the back end cannot do', async () => {
    addon.able = false;
    const input = session();
    const touch = packets.touch({ event: 1, pointer: 1, x: 0, y: 0 });
    await play(
      input,
      touch,
      touch,
      ...packets.text('ab'),
      packets.key(true, 0x07),
      packets.key(true, 0x0e),
      packets.key(true, 0x29),
      packets.key(false, 0x29),
      packets.controllerState({ controller: 0, mask: 1, buttons: 0x100000 }),
    );
    expect(notices.map((notice) => notice.split(':')[0])).toEqual([
      'touch',
      'text',
      'key',
      'rare key',
      'controller button',
    ]);
    expect(counters.get('input-unsupported')).toBe(6);
  });

  it('lets go of no fingers that the device never took', async () => {
    addon.able = false;
    const input = session();
    await play(input, packets.touch({ event: 1, pointer: 1, x: 0, y: 0 }));
    input.close();
    expect(addon.calls.at(-1)).toBe('close');
    expect(addon.calls).not.toContain('touch cancel-all 0 0 0 0 -');
  });

  it('says once that devices are not permitted and goes on', async () => {
    addon.refusal = 'There is no access to /dev/uinput.';
    const input = session();
    input.open();
    const state = packets.controllerState({ controller: 0, mask: 1 });
    await play(input, packets.mouseMove(1, 1), state, state);
    input.close();
    expect(notices).toEqual([
      'input: There is no access to /dev/uinput.',
      'gamepad: There is no access to /dev/uinput.',
    ]);
    expect(addon.calls).toEqual([]);
  });

  it('counts and drops everything when there is no back end', async () => {
    const input = session({ ...TARGET, backend: 'none' });
    input.open();
    await play(input, packets.mouseMove(1, 1), packets.controllerState({ controller: 0, mask: 1 }));
    input.close();
    expect(addon.calls).toEqual([]);
    expect(counters.get('input-dropped')).toBe(2);
  });

  it('tells that something was pressed to a target that wants no more than that', async () => {
    const input = session({ ...TARGET, backend: 'none', tellsPresses: true });
    await play(
      input,
      packets.mouseMove(1, 1),
      packets.key(false, 0x41),
      packets.controllerState({ controller: 0, mask: 1 }),
    );
    expect(presses).toBe(0);
    await play(
      input,
      packets.key(true, 0x41),
      packets.controllerState({ controller: 0, mask: 1, buttons: 0x1000 }),
    );
    expect(presses).toBe(2);
    input.aim({ ...TARGET, backend: 'none' });
    await play(input, packets.key(true, 0x41));
    expect([presses, addon.calls]).toEqual([2, []]);
  });

  it('counts packets that are not any', () => {
    const input = session();
    input.receive(Buffer.from('000000'));
    input.receive(Buffer.from('0000000499000000', 'hex'));
    expect(counters.get('input-malformed')).toBe(1);
    expect(counters.get('input-unknown')).toBe(1);
  });
});
