import type { EncoderVerification, VerifiedEncoder } from '../native/media-addon.ts';
import { decodedFrames } from './decoded-frames.ts';

/** One line of a report: what was tried, how it went, and whether that is as it should be. */
export interface ReportLine {
  readonly what: string;
  readonly seen: string;
  /** absent: it could not be judged here */
  readonly good?: boolean;
}

/** A bitrate is kept when no more than so much of it is exceeded. */
const TOLERANCE = 1.15;
/** Frames that came after the loss and what was left out with it. */
const AFTER_LOSS = 17;

/** What a person is told of one encoder, line by line. */
export async function encoderReport(
  { codec }: Pick<VerifiedEncoder, 'codec'>,
  seen: EncoderVerification,
): Promise<readonly ReportLine[]> {
  const lines: ReportLine[] = [];
  if (seen.description !== undefined) {
    lines.push({ what: 'opened', seen: `${seen.description}, in ${ms(seen.openMs)}`, good: true });
  }
  if (seen.frames.length > 0) {
    const first = `${seen.firstIsIdr ? 'a keyframe' : 'no keyframe'}, in ${ms(seen.firstMs)}`;
    lines.push({ what: 'first frame', seen: first, good: seen.firstIsIdr });
  }
  if (seen.fault !== undefined) return [...lines, { what: 'fault', seen: seen.fault, good: false }];
  const { medianMs, worstMs, unaskedIdrFrames } = seen;
  lines.push(
    { what: 'a frame', seen: `${ms(medianMs)} as a rule, ${ms(worstMs)} at worst` },
    {
      what: 'bitrate',
      seen: `${kbps(seen.seenKbps)} of ${kbps(seen.askedKbps)}`,
      good: seen.seenKbps <= seen.askedKbps * TOLERANCE,
    },
    {
      what: 'bitrate changed',
      seen:
        `${kbps(seen.seenKbpsLater)} of ${kbps(seen.askedKbpsLater)}, ` +
        `${unaskedIdrFrames} keyframes that nobody asked for`,
      good: seen.seenKbpsLater <= seen.askedKbpsLater * TOLERANCE && unaskedIdrFrames === 0,
    },
    { what: 'a lost frame', seen: `was answered by: ${seen.answerToLoss ?? 'nothing'}` },
    {
      what: 'keyframe on demand',
      seen: seen.idrOnDemand ? 'came at once' : 'did not come',
      good: seen.idrOnDemand,
    },
    ...(await decoding(codec, seen)),
  );
  return lines;
}

async function decoding(
  codec: VerifiedEncoder['codec'],
  { frames, lost }: EncoderVerification,
): Promise<readonly ReportLine[]> {
  const whole = await decodedFrames(codec, frames);
  if (!whole) return [{ what: 'decoded', seen: 'not tried: there is no ffmpeg program here' }];
  const count = `${whole.hashes.length} of ${frames.length} pictures`;
  const complete = whole.hashes.length === frames.length && whole.complaints === '';
  const lines: ReportLine[] = [
    {
      what: 'decoded',
      seen: whole.complaints === '' ? count : `${count}; ${firstLine(whole.complaints)}`,
      good: complete,
    },
  ];
  // A client that lost a frame leaves out what refers to it, and goes on with the answer.
  const received = frames.filter((_, index) => index !== lost && index !== lost + 1);
  const rest = await decodedFrames(codec, received);
  const same =
    rest !== undefined &&
    rest.hashes.length >= AFTER_LOSS &&
    rest.hashes.slice(-AFTER_LOSS).join() === whole.hashes.slice(-AFTER_LOSS).join();
  const seen = same ? 'the same pictures as without' : 'other pictures than without';
  return [...lines, { what: 'decoded with a loss', seen, good: same }];
}

const ms = (value: number): string => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const kbps = (value: number): string => `${(value / 1000).toFixed(1)} Mbit/s`;
const firstLine = (text: string): string => text.split('\n', 1)[0]!;
