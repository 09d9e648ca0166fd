import { Recorder } from '../../captures/recorder.ts';
import { Recordings } from '../../captures/recordings.ts';
import type { ControlWorker } from '../../gamestream/control/control-worker.ts';
import type { LinkLimit } from '../../gamestream/link-limit.ts';
import { KeyHistory } from '../../sessions/key-history.ts';
import { LikelyEncoders } from '../../sessions/likely-encoders.ts';
import { SessionDirectory } from '../../sessions/session-directory.ts';
import type { LoopDelayMeter } from '../../telemetry/loop-delay.ts';
import { IdleMemory } from '../idle-memory.ts';
import { recordedFacts } from '../recorded-facts.ts';
import type { HostContext } from './context.ts';
import type { DesktopParts } from './desktop.ts';
import type { MediaParts } from './media.ts';

/** The streams, and what is recorded of them. */
export interface StreamParts {
  readonly sessions: SessionDirectory;
  readonly recorder: Recorder;
  readonly recordings: Recordings;
  /** Nobody streams, nor will in a moment. */
  isIdle(): boolean;
  /** Lets the host rest where nobody streams; called by itself when that changes. */
  rest(): void;
}

export interface StreamNeeds {
  readonly control: ControlWorker;
  readonly desktop: DesktopParts;
  readonly media: MediaParts;
  readonly delay: LoopDelayMeter;
  readonly linkTo: (address: string) => LinkLimit;
}

export async function openStreams(
  { options, data, state, ports, addon, parts, logOf }: HostContext,
  { control, desktop, media, delay, linkTo }: StreamNeeds,
): Promise<StreamParts> {
  const { store, devices, apps, problems } = state;
  const { capabilities, encoders, pictures } = media;
  const recordings = new Recordings({
    folder: data.file('recordings'),
    log: logOf('captures'),
    budget: () => options.recordingsMegabytes * 1_000_000,
  });
  const facts = await recordedFacts(options, addon.build);
  // Kept before the sessions, so that it is closed after the last of them has ended.
  const recorder = parts.keep(
    new Recorder({
      log: logOf('captures'),
      recordings,
      problems,
      always: () => options.recordStreams,
      host: facts,
    }),
  );
  const sessions = parts.keep(
    new SessionDirectory({
      observe: (session) => recorder.observe(session),
      log: logOf('sessions'),
      control,
      runner: desktop.runner,
      apps,
      devices,
      problems,
      keys: await KeyHistory.open(store, logOf('sessions')),
      pictures,
      displays: desktop.displays,
      ports,
      encodersKnown: () => encoders.known(),
      codecModes: (mode, chosen) => capabilities.offeredModes(mode, chosen),
      invalidation: () => capabilities.invalidation(),
      encoder: (video) => capabilities.encoderName(video),
      slowerThanAsked: (video) => capabilities.slowerThanAsked(video),
      likelyEncoders: new LikelyEncoders(),
      fecPercentage: () => options.fecPercentage,
      sending: (address) => ({ ...options.sending, linkKbps: linkTo(address).kbps }),
    }),
  );
  const isIdle = (): boolean => sessions.list().length === 0;
  const idleMemory = parts.keep(
    new IdleMemory({
      log: logOf('host'),
      busy: () => !isIdle(),
      returnFreeMemory: () => addon.returnFreeMemory(),
    }),
  );
  const rest = (): void => {
    idleMemory.changed();
    delay.rest(isIdle());
  };
  sessions.on('changed', rest);
  desktop.care(sessions);
  return { sessions, recorder, recordings, isIdle, rest };
}
