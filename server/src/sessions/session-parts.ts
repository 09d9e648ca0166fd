import type { Logger } from 'pino';

import type { AppRunner, Apps } from '../apps/apps.ts';
import type { Devices } from '../devices/devices.ts';
import type { DisplayLeases } from '../displays/displays.ts';
import type { PictureMode } from '../gamestream/codec-modes.ts';
import type { ControlPlane } from '../gamestream/control/control-plane.ts';
import type { GameStreamPorts } from '../gamestream/ports.ts';
import type { Codec, VideoConfig } from '../gamestream/stream-config.ts';

import type { Pictures } from '../media/pictures.ts';
import type { SendSettings } from '../native/media-addon.ts';
import type { Problems } from '../store/problem-list.ts';
import type { KeyHistory } from './key-history.ts';
import type { LikelyEncoders } from './likely-encoders.ts';
import type { SessionView } from './sessions.ts';
import type { StreamEvents } from './stream-events.ts';

/** A session as it is watched from its beginning to its end, which it tells as its last state. */
export interface ObservedSession {
  readonly id: number;
  readonly happenings: Pick<StreamEvents, 'watch'>;
  view(): SessionView;
}

/** Everything that sessions are made of; the host puts it together. */
export interface SessionParts {
  readonly log: Logger;
  /** open already; sessions listen to its events and end its clients */
  readonly control: ControlPlane;
  readonly runner: AppRunner;
  readonly apps: Pick<Apps, 'byId'>;
  readonly devices: Pick<Devices, 'find' | 'limit' | 'on' | 'off'>;
  readonly keys: Pick<KeyHistory, 'isFresh' | 'use'>;
  readonly problems: Problems;
  /** Hears of each session before anything happens in it. */
  readonly observe?: (session: ObservedSession) => void;
  readonly pictures: Pictures;
  /** where apps get what their streams show */
  readonly displays: DisplayLeases;
  readonly ports: Pick<GameStreamPorts, 'rtsp'>;
  /** Resolves when the encoders were tested; rejects with a sentence. */
  readonly encodersKnown: () => Promise<void>;
  /** bits of ServerCodecModeSupport, from the encoder probe: what keeps up with a mode */
  readonly codecModes: (mode: PictureMode, chosen: readonly Codec[]) => number;
  /** the encoder can invalidate references */
  readonly invalidation: () => boolean;
  /** name of the encoder of a stream, for the admin */
  readonly encoder: (video: VideoConfig) => string | undefined;
  /** why a stream will be slower than asked, in a sentence; undefined: it will not */
  readonly slowerThanAsked: (video: VideoConfig) => string | undefined;
  /** what devices asked for before */
  readonly likelyEncoders: LikelyEncoders;
  /** parity, per cent of the data packets, 0…255 */
  readonly fecPercentage: () => number;
  /** how video leaves this machine for an address; numeric, never v4-mapped */
  readonly sending: (address: string) => SendSettings;
}
