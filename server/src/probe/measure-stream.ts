import { monotonicNow } from '../client/clock.ts';
import type { GameStreamClient } from '../client/game-stream-client.ts';
import { HostRefused } from '../client/host-requests.ts';
import { RtspFailed } from '../client/rtsp-client.ts';
import type { Stream } from '../client/stream.ts';
import type { VideoFrame } from '../client/video/video-frame.ts';
import type { ConnectedHost } from './host-connection.ts';
import type { ProbeOptions } from './options.ts';
import { EXIT, ProbeFailure } from './outcome.ts';
import type { Progress } from './progress.ts';
import { StreamMeter } from './stream-figures.ts';
import type { StreamFigures } from './stream-figures.ts';

const FIRST_FRAME_LIMIT = 10_000;
/** What a stream needs to find its pace: the first frame is large, and the round trip an estimate. */
const WARM_UP = 500;
const LOOK_INTERVAL = 200;

/**
 * Streams the app for the asked time, quits it, and tells how it came through.
 *
 * @throws ProbeFailure; the signal's reason when that is aborted
 */
export async function measureStream(
  { client, info }: ConnectedHost,
  options: ProbeOptions,
  progress: Progress,
  signal: AbortSignal,
): Promise<StreamFigures> {
  await refuseSecondStream(client, info.currentGame, options, progress);
  const appId = await findApp(client, options.app);
  const { width, height, fps } = options;
  progress.say(
    `Streaming "${options.app}" from ${info.name} at ${width}×${height}, ${fps} fps, ${options.bitrateKbps / 1000} Mbit/s for ${options.seconds} s …`,
  );
  let stream: Stream | undefined;
  try {
    stream = await start(client, appId, options);
    return await watch(stream, options.seconds * 1000, progress, signal);
  } finally {
    progress.close();
    await stream?.close();
    // Whatever happened, the app does not go on for nobody.
    await client.cancel().catch(() => undefined);
  }
}

async function refuseSecondStream(
  client: GameStreamClient,
  currentGame: number,
  { takeOver }: ProbeOptions,
  progress: Progress,
): Promise<void> {
  if (currentGame === 0) return;
  const title = await titleOf(client, currentGame);
  if (!takeOver) {
    throw new ProbeFailure(
      EXIT.refused,
      'streaming',
      `This identity streams "${title}" from that host already, or left it running. End it there (earthshine ctl sessions end), or add --take-over, or use another identity with --identity.`,
    );
  }
  progress.say(`Ending "${title}", which this identity had running.`);
  await client.cancel();
  await client.waitUntil(false);
}

async function titleOf(client: GameStreamClient, id: number): Promise<string> {
  const apps = await client.apps().catch(() => []);
  return apps.find((app) => app.id === id)?.title ?? 'an app';
}

async function findApp(client: GameStreamClient, title: string): Promise<number> {
  const apps = await client.apps();
  const found = apps.find((app) => app.title === title);
  if (found) return found.id;
  const titles = apps.map((app) => `"${app.title}"`).join(', ');
  throw new ProbeFailure(
    EXIT.refused,
    'no-app',
    `That host has no app called "${title}". It has: ${titles}.`,
  );
}

async function start(
  client: GameStreamClient,
  appId: number,
  { width, height, fps, bitrateKbps }: ProbeOptions,
): Promise<Stream> {
  try {
    return await client.stream(appId, { width, height, fps, bitrateKbps });
  } catch (error) {
    if (error instanceof HostRefused || error instanceof RtspFailed) {
      throw new ProbeFailure(EXIT.refused, 'refused', `The host refused: ${error.message}`, {
        cause: error,
      });
    }
    throw new ProbeFailure(
      EXIT.failed,
      'no-stream',
      `The stream could not be opened: ${(error as Error).message}. If UDP is filtered on the way, the host's firewall has to let its video, control and audio ports through.`,
      { cause: error },
    );
  }
}

async function watch(
  stream: Stream,
  duration: number,
  progress: Progress,
  signal: AbortSignal,
): Promise<StreamFigures> {
  let ended: ProbeFailure | undefined;
  stream.on('ended', (code) => {
    const why = code === undefined ? '' : ` (code 0x${code.toString(16)})`;
    ended = new ProbeFailure(EXIT.failed, 'ended', `The host ended the stream${why}.`);
  });
  const pause = async (milliseconds: number): Promise<void> => {
    await sleep(milliseconds, signal);
    if (ended) throw ended;
  };

  const asked = monotonicNow();
  while (stream.video.statistics().frames === 0) {
    if (monotonicNow() - asked > FIRST_FRAME_LIMIT) {
      throw new ProbeFailure(
        EXIT.failed,
        'no-video',
        'The stream was opened, but no video arrived within 10 s. UDP from the host is probably filtered on the way.',
      );
    }
    await pause(20);
  }
  await pause(WARM_UP);
  const begun = monotonicNow();
  const meter = new StreamMeter(begun, stream.video.statistics());
  // The receiver keeps what came before anybody listened.
  const onFrame = (frame: VideoFrame): void => {
    if (frame.firstPacketAt >= begun) meter.frame(frame);
  };
  stream.video.on('frame', onFrame);
  for (let now = begun; now < begun + duration; now = monotonicNow()) {
    await pause(Math.min(LOOK_INTERVAL, begun + duration - now));
    meter.roundTrip(stream.control.roundTrip.mean);
    const figures = meter.figures(monotonicNow(), stream.video.statistics());
    progress.show(figures.duration / duration, describe(figures));
  }
  stream.video.off('frame', onFrame);
  return meter.figures(monotonicNow(), stream.video.statistics());
}

function describe(figures: StreamFigures): string {
  const megabits = (figures.throughputKbps / 1000).toFixed(1);
  const fps = figures.framesPerSecond.toFixed(0);
  return `${megabits} Mbit/s  ${fps} fps  ${figures.lostPackets} packets lost`;
}

/** Like a timer that Ctrl-C ends. */
export async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, Math.max(0, milliseconds));
    signal.addEventListener('abort', done);
  });
  signal.throwIfAborted();
}
