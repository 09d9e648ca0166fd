import type { Logger } from 'pino';

import type {
  Endpoint,
  MediaAddon,
  PictureOptions,
  ViewerOptions,
  ViewerStatistics,
} from '../native/media-addon.ts';
import type { MediaCommand } from './media-child.ts';
import { MediaProcess } from './media-process.ts';

/** What a session asks of a media process; descriptor and slot of the counters are its affair. */
export type ViewerRequest = Omit<ViewerOptions, 'countersFd' | 'slot'>;

export interface ViewerListener {
  /** The encoder runs; frames leave as soon as an endpoint is known. Again after each restart. */
  viewing(): void;
  /** about once a second */
  statistics(statistics: ViewerStatistics): void;
  /** The process died and is being replaced. */
  restarted(): void;
  /** Something for the owner; the stream goes on. */
  notice(message: string): void;
  /** The stream cannot go on; the viewer is closed already. */
  fault(message: string): void;
}

/** One session's place in a picture. Survives restarts of the process behind it. */
export interface Viewer {
  /** the process that serves it at present, for the log and for tests */
  readonly pid: number | undefined;
  setEndpoint(plane: 'video' | 'audio', endpoint: Endpoint): void;
  requestKeyframe(): void;
  invalidate(first: number, last: number): void;
  tune(tuning: { readonly bitrateKbps?: number; readonly fecPercentage?: number }): void;
  /** May be called twice. Resolves when nothing is sent any more. */
  close(): Promise<void>;
}

/** The pictures that are streamed, one media process each. */
export interface Pictures {
  /** A launch is coming: starts a process that `view` will find warm. */
  prepare(): void;
  /**
   * Joins the picture of this source and mode, opening it when nobody watches it yet.
   *
   * @param request with a viewer number never used before, and a key never used before
   * @throws Error when the picture has no room
   */
  view(picture: PictureOptions, request: ViewerRequest, listener: ViewerListener): Viewer;
  /** Ends every process. May be called twice. */
  close(): Promise<void>;
}

export interface MediaPicturesOptions extends Pick<
  MediaAddon,
  'createCounterPage' | 'resetCounters'
> {
  readonly log: Logger;
  readonly start: MediaCommand;
  /** the addon's build; a process of another one is refused */
  readonly build: string;
}

/** milliseconds that a warm process waits for its picture */
const SPARE_LIFE = 30_000;

/** The real pictures: child processes, keyed by source and mode, and a warm one while a launch is under way. */
export class MediaPictures implements Pictures {
  readonly #options: MediaPicturesOptions;
  readonly #open = new Map<string, MediaProcess>();
  readonly #closing = new Set<Promise<void>>();
  #spare: MediaProcess | undefined;
  #spareTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: MediaPicturesOptions) {
    this.#options = options;
  }

  prepare(): void {
    if (this.#closed) return;
    try {
      this.#spare ??= new MediaProcess(this.#options);
    } catch (error) {
      // `view` tries again, and has somebody to tell.
      this.#options.log.warn({ err: error }, 'no media process could be prepared');
      return;
    }
    clearTimeout(this.#spareTimer);
    this.#spareTimer = setTimeout(() => {
      const spare = this.#takeSpare();
      if (spare) this.#end(spare);
    }, SPARE_LIFE);
    this.#spareTimer.unref();
  }

  view(picture: PictureOptions, request: ViewerRequest, listener: ViewerListener): Viewer {
    if (this.#closed) throw new Error('The host is stopping.');
    const key = JSON.stringify(picture);
    let process = this.#open.get(key);
    if (!process) {
      process = this.#takeSpare() ?? new MediaProcess(this.#options);
      this.#open.set(key, process);
      const opened = process;
      process.open(picture, () => {
        if (this.#open.get(key) === opened) this.#open.delete(key);
        this.#end(opened);
      });
    }
    return process.join(request, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const spare = this.#takeSpare();
    if (spare) this.#end(spare);
    for (const process of this.#open.values()) this.#end(process);
    this.#open.clear();
    await Promise.all(this.#closing);
  }

  #takeSpare(): MediaProcess | undefined {
    clearTimeout(this.#spareTimer);
    const spare = this.#spare;
    this.#spare = undefined;
    return spare;
  }

  #end(process: MediaProcess): void {
    const closing = process.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
