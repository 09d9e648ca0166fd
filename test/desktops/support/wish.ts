import type { DisplayWish } from '../../../server/src/displays/display.ts';

/** What a device asks of the desktop that is there. */
export const WISH: DisplayWish = {
  kind: 'desktop',
  width: 1280,
  height: 720,
  rateNumerator: 60,
  rateDenominator: 1,
  device: 'ab'.repeat(32),
  deviceName: 'TV',
  options: { input: 'auto' },
};
