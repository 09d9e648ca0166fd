import type { Codec } from '../../gamestream/stream-config.ts';
import type { SessionView } from '../../sessions/sessions.ts';
import type { RecordingHeader } from '../recording.ts';
import type { ListedRecording } from '../recordings.ts';
import type { Verdict } from '../verdict/verdict.ts';
import type { StreamFacts } from './shortfalls.ts';

/** The stream that is asked about. */
export interface LastStream extends StreamFacts {
  readonly live: boolean;
  /** milliseconds since 1970 */
  readonly startedAt: number;
  readonly app: { readonly id: string; readonly title: string };
  readonly encoder?: string | undefined;
}

/** A session that runs. @returns undefined before its video was negotiated */
export function liveStream(
  { config, source, app, encoder, startedAt }: SessionView,
  verdict: Verdict,
): LastStream | undefined {
  if (!config) return undefined;
  const { codec, chroma, bitDepth, width, height, rate } = config.video;
  const framesPerSecond = rate.numerator / rate.denominator;
  return {
    live: true,
    startedAt,
    app: { id: app.id, title: app.title },
    ...{ encoder, source, verdict },
    video: { codec, chroma, bitDepth, width, height, framesPerSecond },
  };
}

/**
 * The newest stream that is kept of a device, as a summary or a recording of it that was made here.
 *
 * @param listed the newest first
 */
export function keptStream(
  listed: readonly ListedRecording[],
  fingerprint: string,
): LastStream | undefined {
  for (const one of listed) {
    if (!('header' in one)) continue;
    const { header } = one;
    if (header.imported || header.identity.device.fingerprint !== fingerprint) continue;
    const stream = fromHeader(header);
    if (stream) return stream;
  }
  return undefined;
}

/** @returns undefined where it is about no picture, or about one that is not of this protocol */
function fromHeader(header: RecordingHeader): LastStream | undefined {
  const { identity, startedAt, verdict, figures } = header;
  const { video, source, app, encoder } = identity;
  if (!video || !isCodec(video.codec)) return undefined;
  const { codec, chroma, bitDepth, width, height, framesPerSecond } = video;
  return {
    live: false,
    startedAt,
    app,
    ...{ encoder, source, verdict, newFrames: figures.newFrames },
    video: {
      ...{ codec, width, height, framesPerSecond },
      chroma: chroma === '4:4:4' ? '4:4:4' : '4:2:0',
      bitDepth: bitDepth === 10 ? 10 : 8,
    },
  };
}

const isCodec = (name: string): name is Codec => ['h264', 'hevc', 'av1'].includes(name);
