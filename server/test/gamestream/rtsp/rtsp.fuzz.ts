import { readdirSync, readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseAnnounce } from '../../../src/gamestream/rtsp/announce.ts';
import { customLayout } from '../../../src/gamestream/rtsp/opus-layouts.ts';
import { echoedSequence, parseRequest } from '../../../src/gamestream/rtsp/message.ts';
import { AnnounceRefused, negotiate } from '../../../src/gamestream/rtsp/negotiation.ts';
import { open, seal } from '../../../src/gamestream/rtsp/sealed-frame.ts';
import { rtspEncryption, sdpSamples } from './vectors.ts';
import { fuzz } from '../../corpus/fuzz.ts';

function corpus(parser: string): Buffer[] {
  const folder = new URL(`../../corpus/${parser}/`, import.meta.url);
  return readdirSync(folder).map((name) => readFileSync(new URL(name, folder)));
}

const recorded = [
  ...rtspEncryption.session.exchange.map(({ plaintext }) => Buffer.from(plaintext, 'latin1')),
  ...sdpSamples.map(({ announceRequest }) => Buffer.from(announceRequest, 'latin1')),
];

/** A recorded message with some bytes replaced, removed or doubled, or bytes from nowhere. */
const mutated = fc.oneof(
  fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(
      fc.constantFrom(...recorded),
      fc.array(fc.tuple(fc.nat(2000), fc.uint8Array({ maxLength: 6 }), fc.nat(6)), {
        maxLength: 6,
      }),
    )
    .map(([bytes, edits]) =>
      edits.reduce((text, [where, insert, remove]) => {
        const at = where % (text.length + 1);
        return Buffer.concat([text.subarray(0, at), insert, text.subarray(at + remove)]);
      }, bytes),
    ),
);

function checkRequest(bytes: Buffer): void {
  const result = parseRequest(bytes);
  if (result.kind !== 'request') return;
  expect(result.request.method).toMatch(/^[A-Z_]+$/);
  expect(echoedSequence(result.request)).toMatch(/^\d{1,10}$/);
  expect(result.request.body.length).toBeLessThanOrEqual(bytes.length);
  checkAnnounce(result.request.body);
}

function checkAnnounce(body: string): void {
  try {
    const { video, audio } = negotiate(parseAnnounce(body), {
      codecModes: 0x40001,
      channels: 6,
      hostHeader: '0.0.0.0',
    });
    expect(video.codec).toBe('h264');
    for (const side of [video.width, video.height]) {
      expect(side % 2).toBe(0);
      expect(side).toBeGreaterThanOrEqual(64);
      expect(side).toBeLessThanOrEqual(8192);
    }
    const rate = video.rate.numerator / video.rate.denominator;
    expect(rate).toBeGreaterThan(0.9);
    expect(rate).toBeLessThan(365);
    expect(Number.isInteger(video.bitrateKbps)).toBe(true);
    expect(video.packetSize).toBeGreaterThanOrEqual(128);
    expect(video.minFecPackets).toBeLessThanOrEqual(2);
    expect([0, 1]).toContain(video.maxReferenceFrames);
    expect([2, 6, 8]).toContain(audio.layout.channels);
    expect((audio.layout.bitrate * audio.packetDuration) / 8000).toBeLessThanOrEqual(1372);
  } catch (error) {
    if (!(error instanceof AnnounceRefused)) throw error;
  }
}

describe('RTSP messages', () => {
  it('kept corpus', () => {
    for (const bytes of corpus('rtsp-request')) checkRequest(bytes);
  });

  it('never throw, never exceed what came', async () => {
    await fuzz(fc.property(mutated, checkRequest));
  });

  it('sealed frames open only as they were sealed', async () => {
    const key = Buffer.alloc(16, 7);
    const frame = seal(key, 'client', 1, Buffer.from('PLAY / RTSP/1.0\r\nCSeq: 7\r\n\r\n'));
    await fuzz(
      fc.property(fc.nat(frame.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bad = Buffer.from(frame);
        bad[at]! ^= flip;
        expect(open(key, 'client', bad)).toBeUndefined();
      }),
    );
    await fuzz(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(open(key, 'client', Buffer.from(bytes))).toBeUndefined();
      }),
    );
  });
});

describe('ANNOUNCE', () => {
  it('kept corpus', () => {
    for (const bytes of corpus('announce')) checkAnnounce(bytes.toString('latin1'));
  });

  it('any value of any attribute gives a stream within bounds, or a refusal', async () => {
    const names = [...new Set(sdpSamples.flatMap((s) => Object.keys(s.expectedAttributes)))];
    const value = fc.oneof(
      fc.integer().map(String),
      fc.double().map(String),
      fc.bigInt().map(String),
      fc.string(),
      fc.constantFrom('', '-0', '00', '0x7f', '1e3', '99999999999999999999', '2147483648'),
    );
    const body = fc
      .array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 30 })
      .map((lines) => lines.map(([name, text]) => `a=${name}:${text} \r\n`).join(''));
    await fuzz(fc.property(body, checkAnnounce));
  });

  it('any layout of a client’s own is valid or refused', async () => {
    await fuzz(
      fc.property(fc.stringMatching(/^[0-9]{0,12}$/), (digits) => {
        const layout = customLayout(digits, 'normal');
        if (!layout) return;
        expect(layout.mapping).toHaveLength(layout.channels);
        expect(layout.streams + layout.coupledStreams).toBe(layout.channels);
      }),
    );
  });
});
