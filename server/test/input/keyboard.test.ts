import { describe, expect, it } from 'vitest';

import { evdevKey } from '../../src/input/key-codes.ts';
import { Keyboard } from '../../src/input/keyboard.ts';

function keyboard() {
  const pressed: string[] = [];
  const keys = new Keyboard((code, down) => pressed.push(`${down ? '+' : '-'}${code}`));
  const handle = (virtualKey: number, down: boolean, modifiers = 0, flags = 0) =>
    keys.handle({ kind: 'key', virtualKey, down, modifiers, flags });
  return { keys, pressed, handle };
}

describe('keys', () => {
  it.each([
    [0x41, 0, 30],
    [0x0d, 0, 28],
    [0xa5, 0, 100],
    [0x5b, 0, 125],
    [0x87, 0, 194],
    [0xdc, 0, 43],
    [0xdc, 1, 124],
    [0xe2, 0, 86],
    [0xe2, 1, 89],
    [0x41, 1, 30],
    [0xb3, 0, 164],
    [0x07, 0, undefined],
  ])('virtual key %s with flags %s is evdev %s', (virtualKey, flags, code) => {
    expect(evdevKey(virtualKey, flags)).toBe(code);
  });

  it('drop repeats and an up without a down', () => {
    const { handle, pressed } = keyboard();
    expect(handle(0x41, false)).toBe('ignored');
    handle(0x41, true);
    expect(handle(0x41, true)).toBe('ignored');
    handle(0x41, false);
    expect(handle(0x41, false)).toBe('ignored');
    expect(pressed).toEqual(['+30', '-30']);
  });

  it('ignore the codes that mean nothing and name the ones Linux does not have', () => {
    const { handle, pressed } = keyboard();
    expect(handle(0x00, true)).toBe('ignored');
    expect(handle(0xff, true)).toBe('ignored');
    expect(handle(0x07, true)).toBe('unmapped');
    expect(pressed).toEqual([]);
  });

  it('press missing modifiers around the key only', () => {
    const { handle, pressed } = keyboard();
    handle(0x41, true, 0x01 | 0x02);
    handle(0x41, false, 0x01);
    expect(pressed).toEqual(['+42', '+29', '+30', '-29', '-42', '-30']);
  });

  it('leave held modifiers alone, on either side', () => {
    const { handle, pressed } = keyboard();
    handle(0xa1, true);
    handle(0x41, true, 0x01);
    handle(0xa4, true, 0x05);
    expect(pressed).toEqual(['+54', '+30', '+56']);
  });

  it('count two virtual keys of one key together', () => {
    const { handle, pressed } = keyboard();
    handle(0x10, true);
    handle(0xa0, true);
    handle(0x10, false);
    expect(pressed).toEqual(['+42']);
    handle(0xa0, false);
    expect(pressed).toEqual(['+42', '-42']);
  });

  it('are all released at the end', () => {
    const { keys, handle, pressed } = keyboard();
    handle(0xa2, true);
    handle(0x43, true, 0x02);
    keys.releaseAll();
    keys.releaseAll();
    expect(pressed).toEqual(['+29', '+46', '-29', '-46']);
  });
});
