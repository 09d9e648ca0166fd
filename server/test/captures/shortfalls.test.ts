import { describe, expect, it } from 'vitest';

import { keptStream } from '../../src/captures/shortfalls/last-stream.ts';
import { shortfalls } from '../../src/captures/shortfalls/shortfalls.ts';
import type { HostMeans, StreamFacts } from '../../src/captures/shortfalls/shortfalls.ts';
import { SHORTFALL_CODES } from '../../src/captures/shortfalls/sentences.ts';
import type { EncoderProbe, ProfileProbe } from '../../src/native/media-addon.ts';

const stream = (change: Partial<StreamFacts['video']> = {}, rest: Partial<StreamFacts> = {}) => ({
  video: {
    codec: 'h264' as const,
    chroma: '4:2:0' as const,
    bitDepth: 8 as const,
    width: 1920,
    height: 1080,
    framesPerSecond: 60,
    ...change,
  },
  source: 'pipewire',
  ...rest,
});

const profile = (change: Partial<ProfileProbe> = {}): ProfileProbe => ({
  name: 'Main',
  chroma: '4:2:0',
  bitDepth: 8,
  ...change,
});
const encoder = (
  name: string,
  codec: EncoderProbe['codec'],
  profiles: readonly ProfileProbe[],
): EncoderProbe => ({ name, codec, profiles, invalidation: true });

const X264 = encoder('x264', 'h264', [profile(), profile({ chroma: '4:4:4' })]);
const CARD = [
  encoder('nvenc', 'hevc', [profile(), profile({ chroma: '4:4:4', fault: 'The GPU has none.' })]),
  encoder('nvenc', 'av1', [profile()]),
];

/** code and link by wish */
function why(facts: StreamFacts, host: Partial<HostMeans> = {}) {
  const found = shortfalls(facts, { encoders: [X264], ...host });
  return Object.fromEntries(found.map(({ wish, link, code }) => [wish, `${link}: ${code}`]));
}
const sentence = (facts: StreamFacts, wish: string, host: Partial<HostMeans> = {}) =>
  shortfalls(facts, { encoders: [X264], ...host }).find((one) => one.wish === wish)?.sentence;

describe('what a stream has not got', () => {
  it('is laid to the first link of the chain that has none of it', () => {
    expect(why(stream())).toEqual({
      hdr: 'capture: hdr-capture',
      hevc: 'encoder: no-encoder',
      av1: 'encoder: no-encoder',
      yuv444: 'client: not-asked',
    });
    expect(why(stream({}, { source: 'x11' })).hdr).toBe('compositor: hdr-x11');
    expect(why(stream({}, { source: 'test-pattern' })).hdr).toBe('negotiation: codec-has-none');
    const pattern = stream({ codec: 'hevc', bitDepth: 10 }, { source: 'test-pattern' });
    expect(why(pattern)).not.toHaveProperty('hdr');
    expect(why(stream({}, { source: undefined })).hdr).toBe('negotiation: codec-has-none');
  });

  it('is laid to the owner who bounds the device before the device that asks for less', () => {
    const encoders = [X264, ...CARD];
    expect(why(stream(), { encoders })).toMatchObject({
      hevc: 'client: not-asked',
      av1: 'client: not-asked',
    });
    expect(sentence(stream(), 'hevc', { encoders })).toBe(
      'HEVC was offered, and the device asked for H.264.',
    );
    expect(why(stream(), { encoders, deviceCodec: 'h264' })).toMatchObject({
      hevc: 'negotiation: device-codec',
      av1: 'negotiation: device-codec',
    });
    expect(why(stream(), { encoders, deviceCodec: 'hevc' })).toMatchObject({
      hevc: 'client: not-asked',
      av1: 'negotiation: device-codec',
    });
    expect(why(stream(), { encoders, appCodec: 'hevc' })).toMatchObject({
      hevc: 'client: not-asked',
      av1: 'negotiation: app-codec',
    });
  });

  it('is not told of what is there', () => {
    const encoders = [X264, ...CARD];
    const av1 = why(stream({ codec: 'av1' }), { encoders });
    expect(Object.keys(av1)).toEqual(['hdr', 'yuv444']);
    expect(why(stream({ codec: 'hevc' }), { encoders })).not.toHaveProperty('hevc');
    expect(why(stream({ chroma: '4:4:4' }))).not.toHaveProperty('yuv444');
    // Of an old recording, which does not say where its picture came from.
    const tenBit = stream({ codec: 'hevc', bitDepth: 10 }, { source: undefined });
    expect(why(tenBit, { encoders })).not.toHaveProperty('hdr');
  });

  it('says what an encoder said, and which mode it would keep up with', () => {
    const encoders = [X264, ...CARD];
    expect(sentence(stream({ codec: 'hevc' }), 'yuv444', { encoders })).toBe(
      'No encoder of this host writes HEVC 4:4:4. nvenc: The GPU has none.',
    );
    expect(sentence(stream(), 'hevc')).toBe('No encoder of this host writes HEVC.');
    const slow = encoder('x265', 'hevc', [profile({ samplesPerSecond: 1280 * 720 * 101 })]);
    const host = { encoders: [X264, slow] };
    expect(why(stream(), host).hevc).toBe('encoder: too-slow');
    expect(sentence(stream(), 'hevc', host)).toContain(
      'x265 on this processor is too slow for HEVC at 1920×1080 and 60 Hz: it keeps up with 1280×720 at 70 Hz.',
    );
    const smaller = stream({ width: 1280, height: 720, framesPerSecond: 30 });
    expect(why(smaller, host).hevc).toBe('negotiation: not-chosen');
    expect(why(smaller, { ...host, appCodec: 'hevc' }).hevc).toBe('client: not-asked');
  });

  it('lays missing pictures to the stage that the verdict names', () => {
    const at = (stage: string | undefined, code = 'smooth', frames = 30) =>
      why(
        stream(
          {},
          {
            verdict: { code, stage, values: { frames } } as unknown as NonNullable<
              StreamFacts['verdict']
            >,
          },
        ),
      ).rate;
    expect(at('encode', 'encode-slow')).toBe('encoder: rate-encoder');
    expect(at('convert', 'convert-slow')).toBe('capture: rate-capture');
    expect(at('send', 'queue-full')).toBe('network: rate-network');
    expect(at('client', 'decoder-behind')).toBe('client: rate-client');
    expect(at('source', 'source-slow')).toBe('app: rate-app');
    expect(at('source', 'nothing-captured', 0)).toBe('compositor: rate-compositor');
    expect(at(undefined, 'all-that-is-drawn')).toBe('app: rate-app');
    expect(at(undefined, 'smooth', 58)).toBeUndefined();
    expect(at(undefined, 'too-early', 0)).toBeUndefined();
    expect(why(stream()).rate).toBeUndefined();
    expect(why(stream({}, { newFrames: 20 })).rate).toBe('app: rate-app');
  });

  it('has a sentence for every code that leaves no value open', () => {
    expect(new Set(SHORTFALL_CODES).size).toBe(SHORTFALL_CODES.length);
    const all = [
      stream(),
      stream({}, { newFrames: 3 }),
      stream({ codec: 'hevc' }, { source: undefined }),
    ].flatMap((facts) => shortfalls(facts, { encoders: [X264, ...CARD], deviceCodec: 'h264' }));
    expect(all.length).toBeGreaterThan(8);
    for (const one of all) expect(one.sentence).not.toMatch(/[{}?]/);
  });
});

describe('the last stream of a device', () => {
  const header = (change: object, identity: object = {}) => ({
    header: {
      imported: false,
      startedAt: 1000,
      verdict: { code: 'smooth', severity: 'good', values: {}, sentence: '' },
      figures: { newFrames: 60 },
      identity: {
        device: { fingerprint: 'ab', name: 'TV' },
        app: { id: 'desktop', title: 'Desktop' },
        video: { ...stream().video, packetSize: 1000, encrypted: true, bitrateKbps: 1 },
        ...identity,
      },
      ...change,
    },
  });
  const last = (...listed: object[]) => keptStream(listed as never, 'ab');

  it('is the newest that was kept of it here', () => {
    expect(
      last(
        { damage: 'It is cut off.' },
        header({ imported: true }),
        header({}, { device: { fingerprint: 'cd', name: 'Phone' } }),
        header({}, { video: undefined }),
        header({}, { video: { ...stream().video, codec: 'vp9' } }),
        header({ startedAt: 900 }),
        header({ startedAt: 800 }),
      ),
    ).toMatchObject({ live: false, startedAt: 900, newFrames: 60, video: { codec: 'h264' } });
    expect(last()).toBeUndefined();
  });
});
