import { expect, it } from 'vitest';

import type { Codec } from '../../src/gamestream/stream-config.ts';
import { config, DESKTOP, LIGHT, PATTERN, request, TV } from './cast.ts';
import { house } from './house.ts';

const TEN_BITS = { 'x-nv-vqos[0].bitStreamFormat': 1, 'x-nv-video[0].dynamicRangeMode': 1 };
const HEVC_10 = 0x301;

/** A device that asks for HDR or does not, from its launch to its connection. */
async function streamed(app: typeof DESKTOP, hdr: boolean) {
  const asked: (readonly Codec[])[] = [];
  const { sessions, handshake, pictures, control } = house({
    codecModes: (_, chosen) => {
      asked.push(chosen);
      return HEVC_10;
    },
  });
  await sessions.launch(request(TV, { hdr }), app);
  const record = handshake(TV);
  const limits = { codecModes: HEVC_10, ...(record.hdr && { hdr: record.hdr }) };
  record.announce(config(hdr ? TEN_BITS : {}, limits));
  record.play();
  control.emit('connected', record.launch, record.remoteAddress);
  const { picture, request: viewer } = pictures.viewers[0]!;
  return { asked, source: picture.source, video: viewer.video, told: control.hdrModes, record };
}

it('is streamed of a picture that has it to a device that asks, which is told its light', async () => {
  const { asked, source, video, told, record } = await streamed(PATTERN, true);
  // Also by the processor.
  expect(asked).toEqual([['hevc', 'av1']]);
  expect(source).toEqual({ kind: 'test-pattern', hdr: true });
  expect(video).toMatchObject({ bitDepth: 10, colorSpace: 'bt2020', hdr: LIGHT });
  expect(told).toEqual([[record.launch, true, LIGHT]]);
});

it('is no part of the same picture for a device that does not ask', async () => {
  const { asked, source, video, told, record } = await streamed(PATTERN, false);
  expect(asked).toEqual([[]]);
  expect(source).toEqual({ kind: 'test-pattern' });
  expect(video).not.toHaveProperty('hdr');
  expect(told).toEqual([[record.launch, false, undefined]]);
});

it('is nothing that a desktop in SDR becomes by 10 bits', async () => {
  const { asked, video, told, record } = await streamed(DESKTOP, true);
  expect(asked).toEqual([[]]);
  expect(video).toMatchObject({ bitDepth: 10, colorSpace: 'bt601' });
  expect(video).not.toHaveProperty('hdr');
  expect(told).toEqual([[record.launch, false, undefined]]);
});
