import { describe, expect, it } from 'vitest';

import { describeHost, type HostDescription } from '../../../src/gamestream/rtsp/describe.ts';
import {
  advertisedLayout,
  customLayout,
  opusLayout,
} from '../../../src/gamestream/rtsp/opus-layouts.ts';
import { rtspEncryption } from './vectors.ts';

const everything: HostDescription = {
  codecModes: 0x7f0301,
  invalidation: true,
  penAndTouch: true,
  controllerTouch: true,
  encryptionSupported: 7,
  encryptionRequested: 1,
};

describe('DESCRIBE', () => {
  it('is the body that the recorded client understood', () => {
    const recorded = rtspEncryption.session.exchange[3]!.plaintext;
    expect(describeHost(everything)).toBe(recorded.split('\r\n\r\n')[1]);
  });

  it('names only what the host can do', () => {
    const body = describeHost({
      ...everything,
      codecModes: 0x40001,
      invalidation: false,
      penAndTouch: false,
      controllerTouch: false,
    });
    expect(body).toContain('featureFlags:0\n');
    expect(body).not.toMatch(/AV1|sprop|refPicInvalidation/);
  });

  it.each([
    [0x100, /sprop-parameter-sets=AAAAAU/],
    [0x200, /sprop-parameter-sets=AAAAAU/],
    [0x100000, /sprop-parameter-sets=AAAAAU/],
    [0x10000, /AV1\/90000/],
    [0x400000, /AV1\/90000/],
  ])('mode %i gives its marker', (codecModes, marker) => {
    expect(describeHost({ ...everything, codecModes })).toMatch(marker);
  });

  it('puts a client’s own layout twice before the standard ones', () => {
    const lines = describeHost({ ...everything, surroundParams: '642014523' })
      .split('\n')
      .filter((line) => line.includes('surround-params=6'));
    expect(lines.map((line) => line.split('=')[2])).toEqual([
      '642014523',
      '642014523',
      '642012453',
      '660012345',
    ]);
  });
});

describe('Opus layouts', () => {
  it.each([
    [6, 'normal', '642012453'],
    [6, 'high', '660012345'],
    [8, 'normal', '85301245673'],
    [8, 'high', '88001234567'],
    [2, 'normal', '21101'],
  ] as const)('%i channels %s', (channels, quality, digits) => {
    expect(advertisedLayout(opusLayout(channels, quality), quality)).toBe(digits);
  });

  it('come back as the encoder’s own mapping after the client has un-rotated them', () => {
    for (const channels of [6, 8]) {
      const { mapping } = opusLayout(channels, 'normal');
      const digits = [...advertisedLayout(opusLayout(channels, 'normal'), 'normal')].map(Number);
      const sent = digits.slice(3);
      // protocol 1 §3.6: out[3] = in[N−1]; out[4…N−1] = in[3…N−2]
      const used = [...sent.slice(0, 3), sent.at(-1), ...sent.slice(3, -1)];
      expect(used).toEqual(mapping);
    }
  });

  it.each(['', '2110', '21101', '64201452', '6420145233', '643012345', '642012346', '6a2012345'])(
    'refuses %j as a client’s own',
    (digits) => {
      expect(customLayout(digits, 'normal')).toBeUndefined();
    },
  );
});
