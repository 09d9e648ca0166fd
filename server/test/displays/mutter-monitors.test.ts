import { expect, it } from 'vitest';

import { keepOnly, mutterMonitors } from '../../src/displays/mutter/display-config.ts';

const spec = (name: string) => [name, 'vendor', 'product', 'serial'] as const;
const mode = (id: string, width: number, height: number) =>
  [id, width, height, 60, 1, [1, 2], { 'is-current': true }] as const;

/** Mutter with two monitors of the PC, the left one turned, and one of a device. */
function mutter() {
  const applied: unknown[] = [];
  const state = [
    7,
    [
      [spec('DP-1'), [mode('1080', 1920, 1080)], {}],
      [spec('HDMI-1'), [['old', 800, 600, 60, 1, [1], {}], mode('4k', 3840, 2160)], {}],
      [spec('Meta-3'), [mode('odd', 1366, 768)], {}],
    ],
    [
      [0, 0, 1, 1, true, [spec('DP-1')], {}],
      [1080, 0, 2, 0, false, [spec('HDMI-1')], {}],
      [3000, 0, 1, 0, false, [spec('Meta-3')], {}],
    ],
    {},
  ];
  const bus = {
    call: async (_object: unknown, member: string, _signature?: string, body?: unknown) => {
      if (member === 'ApplyMonitorsConfig') applied.push(body);
      return state;
    },
  };
  return { bus, applied };
}

it('the monitors of GNOME are told in its own units', async () => {
  expect(await mutterMonitors(mutter().bus)).toMatchObject([
    { name: 'DP-1', x: 0, width: 1080, height: 1920, primary: true },
    { name: 'HDMI-1', x: 1080, width: 1920, height: 1080, mode: { width: 3840, rate: 60 } },
    { name: 'Meta-3', x: 3000, width: 1366 },
  ]);
});

it('all but some are switched off for the moment, and those stand side by side, the first as the primary', async () => {
  const { bus, applied } = mutter();
  expect(await keepOnly(bus, new Set(['HDMI-1', 'Meta-3', 'gone']))).toBe(true);
  expect(applied).toEqual([
    [
      7,
      1,
      [
        [0, 0, 2, 0, true, [['HDMI-1', '4k', {}]]],
        [1920, 0, 1, 0, false, [['Meta-3', 'odd', {}]]],
      ],
      {},
    ],
  ]);
});

it('nothing is switched where none would stay, and where all of them do', async () => {
  const { bus, applied } = mutter();
  expect(await keepOnly(bus, new Set(['gone']))).toBe(false);
  expect(await keepOnly(bus, new Set(['DP-1', 'HDMI-1', 'Meta-3']))).toBe(true);
  expect(applied).toEqual([]);
});
