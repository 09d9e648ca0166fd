import { spawnSync } from 'node:child_process';

import { beforeAll, describe, expect, it } from 'vitest';

import type { EncoderVerification } from '../../src/native/media-addon.ts';
import { encoderReport } from '../../src/verify/encoder-report.ts';

const SEEN: EncoderVerification = {
  description: 'an encoder',
  openMs: 120,
  firstMs: 3.25,
  medianMs: 2,
  worstMs: 15.4,
  firstIsIdr: true,
  askedKbps: 10_000,
  seenKbps: 9_400,
  askedKbpsLater: 5_000,
  seenKbpsLater: 4_900,
  unaskedIdrFrames: 0,
  answerToLoss: 'IDR',
  idrOnDemand: true,
  frames: [],
  lost: 0,
};

/** The units of an H.264 stream of one slice a frame, the parameter sets with the first. */
function h264Frames(count: number): Uint8Array[] {
  const made = spawnSync(
    'ffmpeg',
    // prettier-ignore
    [
      '-v', 'error', '-f', 'lavfi', '-i', 'testsrc=size=64x64:rate=25', '-frames:v', `${count}`, '-c:v', 'libx264',
      '-x264-params', 'bframes=0:ref=1:keyint=infinite:aud=1:threads=1', '-f', 'h264', 'pipe:1',
    ],
    { maxBuffer: 1 << 24 },
  );
  expect(made.stderr.toString()).toBe('');
  const bytes: Buffer = made.stdout;
  const starts: number[] = [];
  for (let at = 0; (at = bytes.indexOf(Buffer.from([0, 0, 0, 1, 9]), at)) >= 0; at += 5)
    starts.push(at);
  return starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? bytes.length));
}

describe('the report of an encoder', () => {
  let frames: Uint8Array[];
  beforeAll(() => {
    frames = h264Frames(24);
  });
  const lines = (seen: Partial<EncoderVerification>): ReturnType<typeof encoderReport> =>
    encoderReport({ codec: 'h264' }, { ...SEEN, frames, ...seen });
  const wrong = async (seen: Partial<EncoderVerification>): Promise<string[]> =>
    (await lines(seen)).filter(({ good }) => good === false).map(({ what }) => what);

  it('has a line for all that was asked, and what decoding made of it', async () => {
    const report = await lines({ lost: 0 });
    expect(report.map(({ what, seen }) => `${what}: ${seen}`)).toEqual([
      'opened: an encoder, in 120 ms',
      'first frame: a keyframe, in 3.3 ms',
      'a frame: 2.0 ms as a rule, 15 ms at worst',
      'bitrate: 9.4 Mbit/s of 10.0 Mbit/s',
      'bitrate changed: 4.9 Mbit/s of 5.0 Mbit/s, 0 keyframes that nobody asked for',
      'a lost frame: was answered by: IDR',
      'keyframe on demand: came at once',
      'decoded: 24 of 24 pictures',
      // Without its keyframe nothing of the stream is left.
      'decoded with a loss: other pictures than without',
    ]);
  });

  it('calls wrong what a stream suffers from', async () => {
    // The last frames are left out: what is before them is as it was.
    expect(await wrong({ seenKbps: 12_000 })).toContain('bitrate');
    expect(await wrong({ seenKbpsLater: 9_000 })).toContain('bitrate changed');
    expect(await wrong({ unaskedIdrFrames: 1 })).toContain('bitrate changed');
    expect(await wrong({ firstIsIdr: false })).toContain('first frame');
    expect(await wrong({ idrOnDemand: false })).toContain('keyframe on demand');
    const broken = frames.map((frame) => frame.map((byte, index) => (index > 40 ? 0x55 : byte)));
    expect(await wrong({ frames: broken })).toContain('decoded');
  });

  it('ends with the fault of one that could not go on', async () => {
    const report = await encoderReport({ codec: 'av1' }, { ...SEEN, fault: 'The GPU is gone.' });
    expect(report.at(-1)).toEqual({ what: 'fault', seen: 'The GPU is gone.', good: false });
  });
});
