import type { Logger } from 'pino';

import type { Listening } from '../displays/desktop-sound.ts';
import type { Permissions } from '../devices/permissions.ts';
import type { Display } from '../displays/display.ts';
import type { LaunchRequest } from '../gamestream/launches.ts';
import type { StreamConfig } from '../gamestream/stream-config.ts';
import type { Viewer, ViewerListener } from '../media/viewer.ts';
import type { Endpoint, MediaPlane, PictureOptions } from '../native/media-addon.ts';
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
 * The media of one launch, from ANNOUNCE on: sound, then, from PLAY on, the place in a picture. Pings may
 * arrive before the picture is open; they are remembered.
 */
export class Stream {
  readonly #parts: StreamParts;
  readonly #launch: StreamLaunch;
  readonly #display: Display;
  readonly #config: StreamConfig;
  readonly #listening: Promise<Listening>;
  readonly #endpoints: ReadonlyMap<MediaPlane, Endpoint>;
  /** as it was joined, or followed since */
  #picture: PictureOptions | undefined;
  #viewer: Viewer | undefined;
  #adaptation: StreamAdaptation | undefined;
  #closed: Promise<void> | undefined;

  /** @param endpoints filled by pings, also before the stream exists */
  constructor(
    parts: StreamParts,
    launch: StreamLaunch,
    display: Display,
    config: StreamConfig,
    playOnHost: boolean,
    endpoints: ReadonlyMap<MediaPlane, Endpoint>,
  ) {
    this.#parts = parts;
    this.#launch = launch;
    this.#display = display;
    this.#config = config;
    this.#endpoints = endpoints;
    this.#listening = display.sound.listen({
      channels: config.audio.layout.channels,
      playOnHost,
    });
  }

  /**
   * Opens the picture. Resolves when the media process is asked to start; what it finds comes to `listener`.
   *
   * @param permitted whether it follows what the client reports, from the first frame on, and has sound
   * @throws Error with a sentence when there is no room
   */
  async play(
    listener: ViewerListener,
    permitted: Pick<Permissions, 'adaptive' | 'hear'>,
    happenings: StreamEvents,
    log: Logger,
  ): Promise<void> {
    const { source, notice } = await this.#listening;
    if (this.#closed) throw new Error('The stream was ended.');
    if (notice !== undefined) listener.notice('audio', notice);
    const fecPercentage = this.#config.video.parity ? this.#parts.fecPercentage() : 0;
    const sending = this.#parts.sending(this.#launch.request.remoteAddress);
    this.#picture = pictureOptions(this.#display, this.#config.video);
    const viewer = this.#parts.pictures.view(
      this.#picture,
      viewerRequest(
        this.#launch.launch,
        this.#config,
        this.#launch.request,
        fecPercentage,
        sending,
        permitted.hear ? source : { kind: 'silence' },
      ),
      listener,
      this.#display.descriptors && (() => this.#display.descriptors!()),
    );
    this.#viewer = viewer;
    this.#adaptation = new StreamAdaptation(viewer, this.#config, fecPercentage, {
      on: permitted.adaptive,
      log,
      onChange: ({ tuning, reason }) => happenings.pass({ kind: 'adapted', ...tuning, reason }),
      fixedSendMethod: sending.method !== 'auto',
    });
    for (const [plane, endpoint] of this.#endpoints) viewer.setEndpoint(plane, endpoint);
  }

  /** Its display has another source: the picture goes on with that. */
  displayChanged(): void {
    const before = this.#picture;
    if (!before || this.#closed) return;
    this.#picture = pictureOptions(this.#display, this.#config.video);
    const descriptors = this.#display.descriptors && (() => this.#display.descriptors!());
    this.#parts.pictures.follow(before, this.#picture, descriptors);
  }

  /** the place in the picture, once it was asked for */
  get viewer(): Viewer | undefined {
    return this.#viewer;
  }

  /** how it follows what its client reports, once the picture was asked for */
  get adaptation(): StreamAdaptation | undefined {
    return this.#adaptation;
  }

  /** Leaves the picture and gives the sound back. May be called twice. Never rejects. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#viewer?.close();
      await (await this.#listening).close();
    })();
    return this.#closed;
  }
}
