import { expect, it } from 'vitest';

import { InputOnlyProvider } from '../../src/displays/card/input-only.ts';
import type { DisplayWish } from '../../src/displays/display.ts';
import { Uinput } from '../../src/displays/uinput.ts';
import { RecordedDisplays } from '../sessions/recorders.ts';

const WISH: DisplayWish = {
  kind: 'input-only',
  width: 1280,
  height: 720,
  rateNumerator: 60,
  rateDenominator: 1,
  device: 'f'.repeat(64),
  deviceName: 'TV',
  options: { input: 'auto' },
};

function provider({ usable = false } = {}) {
  const desktops = new RecordedDisplays();
  const uinput = new Uinput({ probeUinput: () => ({ backend: 'uinput', usable }) });
  const desktop = (wish: DisplayWish) => desktops.acquire({ ...wish, kind: 'desktop' });
  return { desktops, provider: new InputOnlyProvider({ uinput, desktop }) };
}

const lines = (source: { kind: string; lines?: readonly string[] }): string =>
  source.lines?.join(' ') ?? source.kind;

it('input only has a card for a picture, no sound, and the input of the desktop', async () => {
  const { desktops, provider: inputOnly } = provider();
  const display = await inputOnly.open(WISH);
  expect(lines(display.source)).toMatch(/^Input only Controllers, keyboard and mouse/);
  expect(display.input).toEqual(desktops.input);
  expect(display.sound.listen({ channels: 2, playOnHost: false }).source.kind).toBe('silence');
  await display.refresh();
  await display.close();
  expect(desktops.opened.map(({ refreshed, closed }) => [refreshed, closed])).toEqual([[1, 1]]);
});

it('the card says when the desktop is away, and input follows it to another one', async () => {
  const { desktops, provider: inputOnly } = provider();
  const display = await inputOnly.open(WISH);
  let changes = 0;
  display.on('changed', () => {
    changes += 1;
  });
  const [desktop] = desktops.opened;
  desktop!.emit('away', 'KWin has ended.');
  expect(lines(display.source)).toBe('Input only KWin has ended.');
  desktop!.input = { kind: 'none' };
  desktop!.emit('changed');
  desktop!.emit('back');
  expect(lines(display.source)).toMatch(/^Input only Controllers/);
  expect([changes, display.input]).toEqual([3, { kind: 'none' }]);
  expect(display.away).toBeUndefined();
});

it("without a desktop the kernel's devices take it, and without those it is refused", async () => {
  const none = provider();
  none.desktops.failure = 'No desktop runs here.';
  await expect(none.provider.open(WISH)).rejects.toThrow('No desktop runs here.');
  const kernel = provider({ usable: true });
  kernel.desktops.failure = 'No desktop runs here.';
  const display = await kernel.provider.open(WISH);
  expect(display.input).toMatchObject({ kind: 'uinput', area: { width: 1280, height: 720 } });
  await display.close();
});
