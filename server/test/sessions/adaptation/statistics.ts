import { nothingMeasured } from '../../native/nothing-measured.ts';

/** A second's figures, as far as adaptation reads them. */
export function statistics(
  frames: number,
  videoPackets: number,
  videoBytes: number,
  keyframes: number,
  fecPercentage: number,
) {
  return {
    ...nothingMeasured(),
    framesNew: frames,
    keyframes,
    encodedBytes: videoBytes,
    videoPackets,
    videoBytes,
    fecPercentage,
    encodeViewers: 1,
  };
}
