import type { Logger } from 'pino';

import type { DescriptorAddon } from '../native/descriptor-addon.ts';
import type {
  EncoderProbe,
  EncoderWish,
  MediaAddon,
  PictureOptions,
} from '../native/media-addon.ts';
import type { MediaCommand } from './media-child.ts';
import { CounterSlots } from './counter-slots.ts';
import type { EncoderChoice } from './encoder-order.ts';
import { EncoderOrder } from './encoder-order.ts';
import { MediaProcess } from './media-process.ts';
import { Standby } from './standby.ts';
import type { Viewer, ViewerListener, ViewerRequest } from './viewer.ts';

/** A picture that is open for somebody who is to join. */
export interface ExpectedPicture {
  /** It is to be this one, from the same display: where nobody watches it, the same process opens it anew. */
  change(picture: PictureOptions): void;
  /** Nobody is to join any more, or has: unless somebody watches it, it is closed. May be called twice. */
  close(): void;
}

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
  /**
   * Opens the picture for who will join it in a moment, so that `view` finds it open. Nothing is captured or sent until
   * then. What cannot be opened is nobody's trouble yet: `view` opens it anew, and tells. Never throws.
   *
   * @param descriptors as of `view`
   * @param encoder the one that is likely to be asked for: it opens beside the source
   */
  expect(
    picture: PictureOptions,
    descriptors?: () => Promise<readonly number[]>,
    encoder?: EncoderWish,
  ): ExpectedPicture;
  /**
   * Those who watch `from` go on with `to`, which differs in its source alone. Each of them may say so; what is said
   * twice, or of a picture that nobody has, does nothing.
   *
   * @param descriptors of the new source, as of `view`
   */
  follow(
    from: PictureOptions,
    to: PictureOptions,
    descriptors?: () => Promise<readonly number[]>,
  ): void;
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
  /** what the last test of them found */
  readonly encoders?: () => readonly EncoderProbe[];
  readonly choice?: EncoderChoice;
}

/** The real pictures: child processes, keyed by source and mode, and a warm one that waits. */
export class MediaPictures implements Pictures {
  readonly #options: MediaPicturesOptions;
  readonly #slots: CounterSlots;
  readonly #standby: Standby;
  /** by what new viewers join them for */
  readonly #open = new Map<string, MediaProcess>();
  readonly #all = new Set<MediaProcess>();
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
    return this.#process(picture, descriptors).join(request, listener);
  }

  expect(
    picture: PictureOptions,
    descriptors?: () => Promise<readonly number[]>,
    encoder?: EncoderWish,
  ): ExpectedPicture {
    const hold = (): { process: MediaProcess; release: () => void } | undefined => {
      if (this.#closed) return undefined;
      const process = this.#process(picture, descriptors);
      return { process, release: process.expect(encoder) };
    };
    let held = hold();
    return {
      change: (next) => {
        if (!held || keyOf(next) === keyOf(picture)) return;
        picture = next;
        if (this.#move(held.process, next)) return;
        const { release } = held;
        held = hold();
        release();
      },
      close: () => {
        held?.release();
        held = undefined;
      },
    };
  }

  follow(
    from: PictureOptions,
    to: PictureOptions,
    descriptors?: () => Promise<readonly number[]>,
  ): void {
    const process = this.#open.get(keyOf(from));
    if (!process || keyOf(from) === keyOf(to)) return;
    this.#forget(process);
    // Who came after the change may have opened it already: both show the same then.
    if (!this.#open.has(keyOf(to))) this.#open.set(keyOf(to), process);
    process.follow(to, descriptors);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const process of this.#all) this.#end(process);
    this.#open.clear();
    this.#all.clear();
    await Promise.all([...this.#closing, this.#standby.close()]);
    this.#slots.close();
  }

  /** The one that has this picture, or a new one. */
  #process(
    picture: PictureOptions,
    descriptors: (() => Promise<readonly number[]>) | undefined,
  ): MediaProcess {
    return this.#open.get(keyOf(picture)) ?? this.#start(picture, descriptors);
  }

  /** @returns whether this process has this picture from now on */
  #move(process: MediaProcess, picture: PictureOptions): boolean {
    if (this.#open.has(keyOf(picture)) || !process.change(picture)) return false;
    this.#forget(process);
    this.#open.set(keyOf(picture), process);
    return true;
  }

  #forget(process: MediaProcess): void {
    for (const [key, one] of this.#open) if (one === process) this.#open.delete(key);
  }

  #start(
    picture: PictureOptions,
    descriptors: (() => Promise<readonly number[]>) | undefined,
  ): MediaProcess {
    const process: MediaProcess = new MediaProcess(picture, {
      log: this.#options.log,
      build: this.#options.build,
      slots: this.#slots,
      encoders: new EncoderOrder(this.#options.encoders ?? ((): [] => []), this.#options.choice),
      take: () => this.#standby.take(),
      ...(descriptors && { descriptors }),
      onEmpty: () => {
        this.#forget(process);
        this.#all.delete(process);
        this.#end(process);
      },
    });
    this.#all.add(process);
    this.#open.set(keyOf(picture), process);
    return process;
  }

  #end(process: MediaProcess): void {
    const closing = process.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}

/** What makes two pictures the same: who waits for a source sees the same as who had it before it went. */
function keyOf(picture: PictureOptions): string {
  return JSON.stringify({ ...picture, awaitSource: undefined });
}
