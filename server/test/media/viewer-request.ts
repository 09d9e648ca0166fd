import type { ViewerRequest } from '../../src/media/viewer.ts';
import type { PictureOptions } from '../../src/native/media-addon.ts';

/** A picture that every machine has. */
export const TEST_PATTERN: PictureOptions = {
  source: { kind: 'test-pattern' },
  width: 1280,
  height: 720,
  rateNumerator: 60,
  rateDenominator: 1,
};

/** A viewer of H.264 with silence beside it, both in clear. */
export function viewerRequest(
  viewer: number,
  video: Partial<ViewerRequest['video']> = {},
): ViewerRequest {
  return {
    viewer,
    video: {
      codec: 'h264',
      chroma: '4:2:0',
      bitDepth: 8,
      colorSpace: 'bt709',
      fullRange: false,
      slices: 1,
      maxReferenceFrames: 1,
      bitrateKbps: 4000,
      packetSize: 1392,
      fecPercentage: 20,
      minFecPackets: 2,
      dscp: true,
      sending: { method: 'auto', pacing: 'smooth', linkKbps: 800_000 },
      ...video,
    },
    audio: {
      channels: 2,
      streams: 1,
      coupledStreams: 1,
      mapping: [0, 1],
      bitrate: 96_000,
      packetDuration: 5,
      keyId: 1,
      dscp: true,
      source: { kind: 'silence' },
    },
  };
}
