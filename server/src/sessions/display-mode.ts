import type { DeviceLimits } from '../devices/limits.ts';
import type { LaunchWish } from '../displays/display.ts';
import type { LaunchRequest } from '../gamestream/launches.ts';
import { launchRate } from './viewer-request.ts';

type Mode = Pick<LaunchWish, 'width' | 'height' | 'rateNumerator' | 'rateDenominator'> & {
  readonly fps: number;
};

/** The mode of the display that a launch gets: the device's wish, or what its owner says in its place. */
export function displayMode(
  request: Pick<LaunchRequest, 'width' | 'height' | 'fps'>,
  limits: DeviceLimits | undefined,
): Mode {
  const { width, height } = limits?.mode ?? request;
  const fps = limits?.mode?.framesPerSecond ?? request.fps;
  const rate = launchRate({ fps });
  return { width, height, fps, rateNumerator: rate.numerator, rateDenominator: rate.denominator };
}
