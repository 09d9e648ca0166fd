import type { ProfileProbe } from '../native/media-addon.ts';
import { SHARE_OF_TIME } from './codec-modes.ts';
import type { PictureMode } from './codec-modes.ts';

/** What of its best speed is left for a stream, which captures, converts and sends beside it: measured (docs/5-develop/encoding.md). */
const SHARE_OF_BEST = 0.5;
/** A rate that is nearly met is no news. */
const NEARLY = 0.95;

type Pace = Pick<ProfileProbe, 'samplesPerSecond' | 'bends'>;

/** Frames a second at full motion; undefined where nobody measured. */
export function framesPerSecond(
  { samplesPerSecond, bends }: Pace,
  { width, height }: Pick<PictureMode, 'width' | 'height'>,
): number | undefined {
  if (samplesPerSecond === undefined) return undefined;
  return (samplesPerSecond * (bends ? SHARE_OF_BEST : SHARE_OF_TIME)) / (width * height);
}

/**
 * What an owner reads when a stream will be slower than asked: an encoder whose effort bends serves any mode, but not at
 * any rate.
 *
 * @param profile of the encoder that serves it, as it was measured
 * @returns undefined when it keeps up, or was never measured
 */
export function slowerThanAsked(
  profile: Pace,
  { width, height, rate }: PictureMode,
): string | undefined {
  const asked = rate.numerator / rate.denominator;
  const possible = framesPerSecond(profile, { width, height });
  if (possible === undefined || possible >= asked * NEARLY) return undefined;
  return (
    `This machine encodes ${width}×${height} at about ${Math.max(1, Math.floor(possible))} frames a second when ` +
    `everything moves; ${Math.round(asked)} were asked for. ` +
    'Choose a smaller resolution or rate on the device, or --encoder with a GPU.'
  );
}
