import { describe, expect, it } from 'vitest';
import { chooseLayout } from '../../src/client/surround.ts';
import { describeHost } from '../../src/gamestream/rtsp/describe.ts';

const description = describeHost({
  codecModes: 1,
  invalidation: false,
  penAndTouch: false,
  controllerTouch: false,
  encryptionSupported: 7,
  encryptionRequested: 1,
});

describe('the layout a stock client decodes with', () => {
  it.each([
    [6, false, 4, 2],
    [6, true, 6, 0],
    [8, false, 5, 3],
    [8, true, 8, 0],
  ])(
    '%i channels, high quality %s: identity, as the host encodes',
    (channels, high, streams, coupled) => {
      const layout = chooseLayout(description, channels, high);
      expect(layout).toMatchObject({
        channels,
        streams,
        coupledStreams: coupled,
        highQualityOffered: true,
      });
      expect(layout.mapping).toEqual(Array.from({ length: channels }, (_, i) => i));
    },
  );

  it('un-rotates the coupled mapping of protocol 5 §4', () => {
    expect(chooseLayout('a=fmtp:97 surround-params=85301623457', 8, false).mapping).toEqual([
      0, 1, 6, 7, 2, 3, 4, 5,
    ]);
  });

  it('falls back for 5.1 only', () => {
    expect(chooseLayout('nothing', 6, true).mapping).toEqual([0, 4, 1, 5, 2, 3]);
    expect(() => chooseLayout('nothing', 8, true)).toThrow('−4');
    expect(chooseLayout('nothing', 2, true)).toMatchObject({ streams: 1, coupledStreams: 1 });
  });
});
