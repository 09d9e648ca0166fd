import type { Logger } from 'pino';

import type { DescriptorAddon } from '../native/descriptor-addon.ts';
import type { MediaAddon, PictureOptions } from '../native/media-addon.ts';
import type { MediaCommand } from './media-child.ts';
import { CounterSlots } from './counter-slots.ts';
import { MediaProcess } from './media-process.ts';
import { Standby } from './standby.ts';
import type { Viewer, ViewerListener, ViewerRequest } from './viewer.ts';

/** The pictures that are streamed, one media process each. */
export interface Pictures {
  /**
   * A launch is coming: starts a process that `view` will find warm.
   *
   * @param waits milliseconds that it waits for the launch; 30 s
   */
  prepare(waits?: number): void;
  /**
   * Joins the picture of this source and mode, opening it when nobody watches it yet. What of it is wrong at
   * present is told to who joins, too.
   *
   * @param request with a viewer number never used before, and a key never used before
   * @param descriptors of the source; asked anew for each process that opens it, and closed here
   * @throws Error when the picture has no room
   */
  view(
    picture: PictureOptions,
    request: ViewerRequest,
    listener: ViewerListener,
    descriptors?: () => Promise<readonly number[]>,
  ): Viewer;
  /** Ends every process. May be called twice. */
  close(): Promise<void>;
}

export interface MediaPicturesOptions {
  readonly addon: Pick<MediaAddon, 'createCounterPage' | 'resetCounters'> &
    Pick<DescriptorAddon, 'descriptorSockets' | 'sendDescriptors'>;
  readonly log: Logger;
  readonly start: MediaCommand;
  /** the addon's build; a process of another one is refused */
  readonly build: string;
}

/** The real pictures: child processes, keyed by source and mode, and a warm one that waits. */
export class MediaPictures implements Pictures {
  readonly #options: MediaPicturesOptions;
  readonly #slots: CounterSlots;
  readonly #standby: Standby;
  readonly #open = new Map<string, MediaProcess>();
  readonly #closing = new Set<Promise<void>>();
  #closed = false;

  constructor(options: MediaPicturesOptions) {
    this.#options = options;
    const { log, start, addon } = options;
    this.#slots = new CounterSlots(addon);
    this.#standby = new Standby({ log, start, slots: this.#slots, addon });
  }

  prepare(waits?: number): void {
    if (!this.#closed) this.#standby.prepare(waits);
  }

  view(
    picture: PictureOptions,
    request: ViewerRequest,
    listener: ViewerListener,
    descriptors?: () => Promise<readonly number[]>,
  ): Viewer {
    if (this.#closed) throw new Error('The host is stopping.');
    // Who waits for a source sees the same as who had it before it went.
    const key = JSON.stringify({ ...picture, awaitSource: undefined });
    const process = this.#open.get(key) ?? this.#start(key, picture, descriptors);
    return process.join(request, listener);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const process of this.#open.values()) this.#end(process);
    this.#open.clear();
    await Promise.all([...this.#closing, this.#standby.close()]);
    this.#slots.close();
  }

  #start(
    key: string,
    picture: PictureOptions,
    descriptors: (() => Promise<readonly number[]>) | undefined,
  ): MediaProcess {
    const process: MediaProcess = new MediaProcess(picture, {
      log: this.#options.log,
      build: this.#options.build,
      slots: this.#slots,
      take: () => this.#standby.take(),
      ...(descriptors && { descriptors }),
      onEmpty: () => {
        if (this.#open.get(key) === process) this.#open.delete(key);
        this.#end(process);
      },
    });
    this.#open.set(key, process);
    return process;
  }

  #end(process: MediaProcess): void {
    const closing = process.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
