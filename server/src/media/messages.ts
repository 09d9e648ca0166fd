import type {
  EncoderProbe,
  EncoderVerification,
  EncoderWish,
  Endpoint,
  MediaPlane,
  PictureEvent,
  PictureOptions,
  SoundSource,
  Tuning,
  VerifiedEncoder,
  ViewerOptions,
  ViewerStatistics,
} from '../native/media-addon.ts';
import type { SpeedTestSenderOptions, SpeedTestSent } from '../native/speed-test-addon.ts';

/**
 * The contract between the control process and a media process, over the IPC channel of
 * `child_process.spawn` with `serialization: 'advanced'` (keys travel as Uint8Array in messages, never in
 * arguments or environment). The counter page is descriptor `COUNTERS_FD` of the media process; what Node's
 * channel cannot carry, the descriptors of a source, comes over `DESCRIPTORS_FD`.
 */

export const COUNTERS_FD = 4;
/** a socket, over which descriptors come */
export const DESCRIPTORS_FD = 5;

export type ToMedia =
  /** also in place of one that no viewer has joined; each is answered */
  | {
      readonly type: 'open';
      readonly picture: PictureOptions;
      /** of its source: so many lie ready on `DESCRIPTORS_FD`, as one message; absent: it needs none */
      readonly descriptors?: number;
      /** of who is likely to join first */
      readonly expected?: EncoderWish;
    }
  /** another source for those who watch; answered by `source-changed` */
  | {
      readonly type: 'source';
      readonly picture: PictureOptions;
      /** as of `open` */
      readonly descriptors?: number;
    }
  | { readonly type: 'viewer'; readonly options: Omit<ViewerOptions, 'countersFd'> }
  | {
      readonly type: 'endpoint';
      readonly viewer: number;
      readonly plane: MediaPlane;
      readonly endpoint: Endpoint;
    }
  | { readonly type: 'keyframe'; readonly viewer: number; readonly roundTrip: number }
  | {
      readonly type: 'invalidate';
      readonly viewer: number;
      readonly first: number;
      readonly last: number;
    }
  | { readonly type: 'tune'; readonly viewer: number; readonly tuning: Tuning }
  | { readonly type: 'sound-source'; readonly viewer: number; readonly source: SoundSource }
  | { readonly type: 'leave'; readonly viewer: number }
  /** to a process without a picture, once: it sends a speed test and nothing else */
  | { readonly type: 'speed-test'; readonly options: SpeedTestSenderOptions }
  | { readonly type: 'speed-test-rate'; readonly kbps: number }
  | { readonly type: 'speed-test-stop' }
  /** to a process without a picture: it tests the encoders, and may die of it */
  | { readonly type: 'probe'; readonly gpu?: string }
  /** to a process without a picture: it drives an encoder, and may die of it */
  | { readonly type: 'verify'; readonly options: VerifiedEncoder }
  | { readonly type: 'close' };

export type FromMedia =
  /** first message; the parent refuses another build */
  | { readonly type: 'hello'; readonly build: string }
  | { readonly type: 'probed'; readonly encoders: readonly EncoderProbe[] }
  | { readonly type: 'verified'; readonly seen: EncoderVerification }
  | { readonly type: 'ready' }
  /** with a message: it could not be opened */
  | { readonly type: 'source-changed'; readonly message?: string }
  | { readonly type: 'viewing'; readonly viewer: number }
  /** answers `leave`: nothing uses the viewer's counters any more */
  | { readonly type: 'left'; readonly viewer: number }
  /** nothing is sent any more; also answers `speed-test-stop` */
  | { readonly type: 'speed-test-ended'; readonly sent: SpeedTestSent }
  | { readonly type: 'stats'; readonly viewers: readonly ViewerStatistics[] }
  | { readonly type: 'event'; readonly event: PictureEvent }
  /** an order could not be carried out; without `viewer` the picture itself is gone */
  | { readonly type: 'failed'; readonly viewer?: number; readonly message: string };
