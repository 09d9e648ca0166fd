/** Pixels of a side: x264, NVENC and VAAPI all end here. */
const MAX_SIDE = 8192;
/** Macroblocks of a frame at H.264 level 6.2 (Table A-1), which are HEVC's and AV1's largest pictures too. */
const MAX_MACROBLOCKS = 139_264;
const MACROBLOCK = 16;

/**
 * Why no encoder and no decoder takes pictures of this size; what is merely slow here is no reason.
 *
 * @returns a sentence for the client's screen; undefined when it can be had
 */
export function beyondEncoders(width: number, height: number): string | undefined {
  const macroblocks = Math.ceil(width / MACROBLOCK) * Math.ceil(height / MACROBLOCK);
  if (width <= MAX_SIDE && height <= MAX_SIDE && macroblocks <= MAX_MACROBLOCKS) return undefined;
  return (
    `A picture of ${width}×${height} is larger than video codecs allow ` +
    `(${MAX_SIDE} a side, 35.6 million pixels in all). Choose a smaller resolution on this device.`
  );
}
