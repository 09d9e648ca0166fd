import { describe, expect, it } from 'vitest';

import { isWithin, timeRefusal } from '../../src/devices/limits.ts';
import {
  DEFAULT_PERMISSIONS,
  PRESETS,
  PRESET_NAMES,
  presetOf,
} from '../../src/devices/permissions.ts';

const at = (day: number, hours: number, minutes = 0) => new Date(2026, 10, 1 + day, hours, minutes);

describe('hours of a device', () => {
  const evening = { days: [5, 6], from: '18:00', to: '24:00' };

  it('begin with their first minute and end before their last', () => {
    expect(isWithin(evening, at(5, 17, 59))).toBe(false);
    expect(isWithin(evening, at(5, 18))).toBe(true);
    expect(isWithin(evening, at(6, 23, 59))).toBe(true);
    expect(isWithin(evening, at(0, 0))).toBe(false);
  });

  it('are any of several, and none is never', () => {
    const schedule = [evening, { days: [0], from: '10:00', to: '12:00' }];
    expect(timeRefusal({ schedule }, at(0, 11))).toBeUndefined();
    expect(timeRefusal({ schedule }, at(1, 11))).toContain(
      'Fri, Sat from 18:00 to 24:00 and Sun from 10:00 to 12:00',
    );
    expect(timeRefusal({ schedule: [] }, at(1, 11))).toContain('at no time');
    expect(timeRefusal(undefined, at(1, 11))).toBeUndefined();
  });
});

describe('presets', () => {
  it('are told apart by what they allow', () => {
    for (const name of PRESET_NAMES) {
      expect(presetOf({ ...DEFAULT_PERMISSIONS, ...PRESETS[name] })).toBe(name);
    }
    expect(presetOf(DEFAULT_PERMISSIONS)).toBe('play');
    expect(presetOf({ ...DEFAULT_PERMISSIONS, hear: false })).toBeUndefined();
  });
});
