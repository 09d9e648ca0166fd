import { isDeepStrictEqual } from 'node:util';

import type { Logger } from 'pino';

import type { Listening } from '../displays/desktop-sound.ts';
import { SILENCE } from '../displays/desktop-sound.ts';
import type { Permissions } from '../devices/permissions.ts';
import type { Display } from '../displays/display.ts';
import type { LaunchRequest } from '../gamestream/launches.ts';
import type { StreamConfig } from '../gamestream/stream-config.ts';
import type { Viewer, ViewerListener } from '../media/viewer.ts';
import { encoderWish } from '../media/viewer.ts';
import type {
  EncoderWish,
  Endpoint,
  MediaPlane,
  PictureOptions,
  SendSettings,
} from '../native/media-addon.ts';
import { StreamAdaptation } from './adaptation/stream-adaptation.ts';
import type { SessionParts } from './session-parts.ts';
import type { StreamEvents } from './stream-events.ts';
import { pictureOptions, viewerRequest } from './viewer-request.ts';

export type StreamParts = Pick<SessionParts, 'pictures' | 'fecPercentage' | 'sending'>;

/** What of a launch its media need: its number, key and address. */
interface StreamLaunch {
  readonly launch: number;
  readonly request: Pick<LaunchRequest, 'key' | 'keyId' | 'remoteAddress'>;
}

/**
 * The media of one launch, from ANNOUNCE on: sound, and the place in a picture, whose encoder opens while the client
 * is on its way to PLAY. Nothing is sent before that: where to is said then, also what earlier pings told of it.
 */
export class Stream {
  /** the place in the picture */
  readonly viewer: Viewer;
  /** what was asked of its encoder at first */
  readonly encoder: EncoderWish;
  readonly #parts: StreamParts;
  readonly #display: Display;
  readonly #config: StreamConfig;
  readonly #listening: Listening;
  readonly #endpoints: ReadonlyMap<MediaPlane, Endpoint>;
  readonly #fecPercentage: number;
  readonly #sending: SendSettings;
  /** as it was joined, or followed since */
  #picture: PictureOptions;
  #adaptation: StreamAdaptation | undefined;
  #closed: Promise<void> | undefined;

  /**
   * @param endpoints filled by pings, also before the stream exists
   * @param listener of what the media process finds
   * @throws Error with a sentence when there is no room in the picture
   */
  constructor(
    parts: StreamParts,
    { launch, request }: StreamLaunch,
    display: Display,
    config: StreamConfig,
    { playOnHost, hears }: { readonly playOnHost: boolean; readonly hears: boolean },
    endpoints: ReadonlyMap<MediaPlane, Endpoint>,
    listener: ViewerListener,
  ) {
    this.#parts = parts;
    this.#display = display;
    this.#config = config;
    this.#endpoints = endpoints;
    this.#fecPercentage = config.video.parity ? parts.fecPercentage() : 0;
    this.#sending = parts.sending(request.remoteAddress);
    const { channels } = config.audio.layout;
    this.#listening = display.sound.listen({ channels, playOnHost });
    const source = hears ? this.#listening.source : SILENCE;
    this.#picture = pictureOptions(display, config.video);
    const wish = viewerRequest(launch, config, request, this.#fecPercentage, this.#sending, source);
    this.encoder = encoderWish(wish);
    try {
      this.viewer = parts.pictures.view(
        this.#picture,
        wish,
        listener,
        display.descriptors && (() => display.descriptors!()),
      );
    } catch (error) {
      void this.#listening.close();
      throw error;
    }
    void this.#followSound(listener, hears);
  }

  /**
   * The client may get what there is, from now on.
   *
   * @param permitted whether it follows what the client reports, from the first frame on
   */
  play(permitted: Pick<Permissions, 'adaptive'>, happenings: StreamEvents, log: Logger): void {
    this.#adaptation = new StreamAdaptation(this.viewer, this.#config, this.#fecPercentage, {
      on: permitted.adaptive,
      log,
      onChange: ({ tuning, reason }) => happenings.pass({ kind: 'adapted', ...tuning, reason }),
      fixedSendMethod: this.#sending.method !== 'auto',
    });
    for (const [plane, endpoint] of this.#endpoints) this.viewer.setEndpoint(plane, endpoint);
  }

  /** Its display has another source: the picture goes on with that. */
  displayChanged(): void {
    if (this.#closed) return;
    const before = this.#picture;
    this.#picture = pictureOptions(this.#display, this.#config.video);
    const descriptors = this.#display.descriptors && (() => this.#display.descriptors!());
    this.#parts.pictures.follow(before, this.#picture, descriptors);
  }

  /** A ping told where a plane goes, which is in the endpoints already. */
  endpointChanged(plane: MediaPlane, endpoint: Endpoint): void {
    if (this.#adaptation) this.viewer.setEndpoint(plane, endpoint);
  }

  /** how it follows what its client reports, from PLAY on */
  get adaptation(): StreamAdaptation | undefined {
    return this.#adaptation;
  }

  /** Leaves the picture and gives the sound back. May be called twice. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.viewer.close();
      await this.#listening.close();
    })();
    return this.#closed;
  }

  /** The picture waits for no audio server: what becomes of the sound is told when it is known. */
  async #followSound(listener: ViewerListener, hears: boolean): Promise<void> {
    const { source, notice } = await this.#listening.settled;
    if (this.#closed) return;
    if (notice !== undefined) listener.notice('audio', notice);
    const isAsked = isDeepStrictEqual(source, this.#listening.source);
    if (hears && !isAsked) this.viewer.setSoundSource(source);
  }
}
