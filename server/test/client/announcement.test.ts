import { describe, expect, it } from 'vitest';
import { formatAnnouncement, type StreamWish } from '../../src/client/announcement.ts';
import { readVectors } from './vectors.ts';

interface Vectors {
  readonly samples: readonly {
    readonly name: string;
    readonly announceRequest: string;
    readonly expectedAttributes: Readonly<Record<string, string>>;
  }[];
}

const h264 = readVectors<Vectors>('sdp-samples').samples.filter(
  (sample) =>
    sample.expectedAttributes['x-nv-vqos[0].bitStreamFormat'] === '0' &&
    sample.expectedAttributes['x-nv-general.useReliableUdp'] === '13',
);

it('there are H.264 samples to compare with', () => {
  expect(h264.length).toBeGreaterThan(0);
});

describe.each(h264)('$name', (sample) => {
  const attribute = (name: string): number => Number(sample.expectedAttributes[name]);

  it('is written byte for byte as the stock client writes it', () => {
    const wish: StreamWish = {
      width: attribute('x-nv-video[0].clientViewportWd'),
      height: attribute('x-nv-video[0].clientViewportHt'),
      fps: attribute('x-nv-video[0].maxFPS'),
      refreshRateX100: attribute('x-nv-video[0].clientRefreshRateX100'),
      bitrateKbps: attribute('x-ml-video.configuredBitrateKbps'),
      packetSize: attribute('x-nv-video[0].packetSize'),
      codec: (['h264', 'hevc', 'av1'] as const)[attribute('x-nv-vqos[0].bitStreamFormat')]!,
      tenBit: attribute('x-nv-video[0].dynamicRangeMode') === 1,
      chroma444: attribute('x-ss-video[0].chromaSamplingType') === 1,
      slices: attribute('x-nv-video[0].videoEncoderSlicesPerFrame'),
      referenceFrames: attribute('x-nv-video[0].maxNumReferenceFrames') as 0 | 1,
      cscMode: attribute('x-nv-video[0].encoderCscMode'),
      encryption: attribute('x-ss-general.encryptionEnabled'),
      sealedAudio: attribute('x-nv-general.featureFlags') === 167,
      channels: attribute('x-nv-audio.surround.numChannels') as 2 | 6 | 8,
      highQualitySurround: attribute('x-nv-audio.surround.AudioQuality') === 1,
      packetDuration: attribute('x-nv-aqos.packetDuration') as 5 | 10,
      local: attribute('x-nv-vqos[0].qosTrafficType') === 5,
    };
    const body = sample.announceRequest.slice(sample.announceRequest.indexOf('\r\n\r\n') + 4);
    expect(formatAnnouncement(wish, '127.0.0.1', 47998)).toBe(body);
  });
});
