import { closeSync } from 'node:fs';

import type { Logger } from 'pino';

import type {
  EncoderWish,
  PictureEvent,
  PictureOptions,
  SourceArea,
} from '../native/media-addon.ts';
import { AnswerDeadline } from '../telemetry/answer-deadline.ts';
import type { CounterSlots } from './counter-slots.ts';
import type { EncoderOrder } from './encoder-order.ts';
import { JoinedViewer } from './joined-viewer.ts';
import type { MediaChild } from './media-child.ts';
import type { FromMedia, ToMedia } from './messages.ts';
import type { Viewer, ViewerListener, ViewerRequest } from './viewer.ts';
import { RestartBudget } from './restart-budget.ts';

export interface MediaProcessOptions {
  readonly log: Logger;
  /** the addon's build; a process of another one is refused */
  readonly build: string;
  readonly slots: CounterSlots;
  readonly encoders: EncoderOrder;
  /** A process, warm or new. Throws when the system gives none. */
  readonly take: () => MediaChild;
  /** What the source needs beside its options, anew for each process; closed here. Rejects with a sentence. */
  readonly descriptors?: () => Promise<readonly number[]>;
  /** Nobody watches it or is expected to, or the picture cannot be had: nobody may join any more. May be called twice. */
  readonly onEmpty: () => void;
}

/** milliseconds for start, hello and opening the source */
const START_TIME_LIMIT = 10_000;
/** and more of them for each million pixels: the kernel gives memory for a large picture slowly on a busy machine */
const START_TIME_PER_MILLION_PIXELS = 500;
/** A running process reports every second; one that is silent so long hangs and is replaced. */
const SILENCE_LIMIT = 5_000;
/** milliseconds between two tries to open another source: a compositor that just began shows nothing yet */
const FOLLOW_INTERVAL = 1_000;

/**
 * The parent's side of one picture. The process behind it may die at any time: it is replaced with the same
 * picture, viewers, endpoints and counters, and each client sees a short freeze and an IDR.
 */
export class MediaProcess {
  #picture: PictureOptions;
  readonly #options: MediaProcessOptions;
  readonly #log: Logger;
  readonly #viewers = new Map<number, JoinedViewer>();
  /** who opened it for somebody that has not joined yet */
  readonly #expecting = new Set<{ readonly encoder: EncoderWish | undefined }>();
  #budget = new RestartBudget();
  #child: MediaChild | undefined;
  /** pictures that it was asked to open and has not answered for */
  #opening = 0;
  /** hello and open are through; viewers may be sent */
  #ready = false;
  #everReady = false;
  /** when the present process had its picture */
  #readyAt: number | undefined;
  #lastFailure: string | undefined;
  /** where the source lies, as far as it was told */
  #area: SourceArea | undefined;
  /** by part: what is wrong with the picture itself at present */
  readonly #notices = new Map<string, string>();
  #limit = 0;
  readonly #watchdog = new AnswerDeadline(() => {
    this.#lastFailure = `did not answer for ${Math.round(this.#limit / 1000)} s`;
    this.#child?.kill();
  });
  #restart: NodeJS.Timeout | undefined;
  #following: NodeJS.Timeout | undefined;
  #descriptors: MediaProcessOptions['descriptors'];
  #closing: Promise<void> | undefined;

  constructor(picture: PictureOptions, options: MediaProcessOptions) {
    this.#picture = picture;
    this.#options = options;
    this.#descriptors = options.descriptors;
    this.#log = options.log;
    // After the first `join` or `expect`, so that there is somebody to tell what goes wrong.
    queueMicrotask(() => this.#start());
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @throws Error when all slots of the counter page are taken */
  join(request: ViewerRequest, listener: ViewerListener): Viewer {
    const slot = this.#takeSlot();
    const viewer = new JoinedViewer(request, slot, listener, {
      send: (message) => {
        if (this.#ready) this.#send(message);
      },
      pid: () => this.pid,
      encoders: () => this.#options.encoders.options,
      isServed: () => this.#ready && this.#child !== undefined,
      gone: (released) => this.#viewerGone(viewer, released),
    });
    this.#viewers.set(request.viewer, viewer);
    if (this.#ready) viewer.introduce();
    return viewer;
  }

  /**
   * Keeps it open for somebody who is to join.
   *
   * @param encoder the one that is likely to be asked for
   * @returns gives that up; may be called twice
   */
  expect(encoder?: EncoderWish): () => void {
    const expected = { encoder };
    this.#expecting.add(expected);
    return () => {
      if (this.#expecting.delete(expected)) this.#endUnwatched();
    };
  }

  /**
   * Opens another picture in its place, as long as it is for one alone who is to join.
   *
   * @returns false: it has to stay as it is
   */
  change(picture: PictureOptions): boolean {
    if (this.#closing || this.#viewers.size > 0 || this.#expecting.size > 1) return false;
    this.#picture = picture;
    this.#ready = this.#everReady = false;
    this.#area = undefined;
    this.#notices.clear();
    if (this.#child) this.#watch(this.#startLimit());
    if (this.#child?.build === this.#options.build) void this.#open();
    return true;
  }

  /**
   * Its viewers go on with another source. One that cannot be opened is tried again, and what was seen last is shown
   * meanwhile.
   *
   * @param descriptors of the new source, as in the options
   */
  follow(picture: PictureOptions, descriptors: MediaProcessOptions['descriptors']): void {
    if (this.#closing) return;
    this.#picture = picture;
    this.#descriptors = descriptors;
    clearTimeout(this.#following);
    // One that is not open yet opens this one, or does so anew.
    if (this.#ready) void this.#changeSource();
    else if (this.#opening > 0) this.#child?.kill();
  }

  /** Ends the process. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#watchdog.clear();
      clearTimeout(this.#restart);
      clearTimeout(this.#following);
      await this.#child?.close();
      for (const viewer of this.#viewers.values()) viewer.served();
      this.#viewers.clear();
    })();
    return this.#closing;
  }

  #takeSlot(): number {
    try {
      return this.#options.slots.take();
    } catch (error) {
      this.#endUnwatched();
      throw error;
    }
  }

  #start(): void {
    if (this.#closing) return;
    this.#ready = false;
    this.#opening = 0;
    let child: MediaChild;
    try {
      child = this.#options.take();
    } catch (error) {
      // No memory or no descriptors: worth another try, like a crash.
      return this.#died(`could not be started: ${(error as Error).message}`);
    }
    this.#child = child;
    child.listen({
      message: (message) => {
        if (this.#child === child) this.#receive(message);
      },
      gone: (reason) => {
        if (this.#child === child) this.#died(reason);
      },
    });
    this.#watch(this.#startLimit());
    if (child.build !== undefined) this.#greet(child.build);
  }

  #send(message: ToMedia): void {
    this.#child?.send(message);
  }

  #startLimit(): number {
    const { width, height } = this.#picture;
    return START_TIME_LIMIT + ((width * height) / 1e6) * START_TIME_PER_MILLION_PIXELS;
  }

  /** From now on the process must be heard of within this time. */
  #watch(limit: number): void {
    this.#limit = limit;
    this.#watchdog.set(limit);
  }

  #receive(message: FromMedia): void {
    if (this.#closing) return;
    if (this.#ready) this.#watch(SILENCE_LIMIT);
    switch (message.type) {
      case 'hello':
        return this.#greet(message.build);
      case 'ready':
        this.#opening -= 1;
        // The one that it was asked for first, of two.
        if (this.#opening > 0) return;
        this.#ready = true;
        this.#everReady = true;
        this.#readyAt = performance.now();
        this.#watch(SILENCE_LIMIT);
        for (const viewer of this.#viewers.values()) viewer.introduce();
        return;
      case 'source-changed':
        return this.#sourceChanged(message.message);
      case 'viewing':
        return this.#viewing(message.viewer);
      case 'left':
        return this.#viewers.get(message.viewer)?.served();
      case 'stats':
        for (const one of message.viewers) this.#viewers.get(one.viewer)?.statistics(one);
        return;
      case 'event':
        return this.#pictureEvent(message.event);
      case 'failed':
        if (message.viewer !== undefined) this.#viewers.get(message.viewer)?.fail(message.message);
        else this.#pictureGone(message.message);
    }
  }

  #viewing(number: number): void {
    const viewer = this.#viewers.get(number);
    // Who joins a picture that is open has not heard of it.
    if (this.#area) viewer?.sourceArea(this.#area);
    for (const [part, message] of this.#notices) viewer?.notice(part, message);
    viewer?.viewing();
  }

  #greet(build: string): void {
    if (build !== this.#options.build) {
      // An upgrade replaced the program under the running host.
      this.#log.error({ build, expected: this.#options.build }, 'media process of another build');
      this.#fault('The host was upgraded while it ran; it must be restarted before it can stream.');
      return;
    }
    void this.#open();
  }

  async #open(): Promise<void> {
    const child = this.#child;
    const picture = this.#picture;
    const descriptors = this.#descriptors;
    const awaitSource = this.#everReady || picture.awaitSource === true;
    // Neither another process nor another picture was asked for meanwhile.
    const counts = (): boolean =>
      child === this.#child && picture === this.#picture && !this.#closing;
    try {
      const opened = descriptors ? await descriptors() : [];
      if (!child || !counts()) {
        for (const descriptor of opened) closeSync(descriptor);
        return;
      }
      child.open({ ...picture, awaitSource }, opened, this.#likelyEncoder());
      this.#opening += 1;
    } catch (error) {
      if (counts()) this.#pictureGone((error as Error).message);
    }
  }

  /** Who has joined already asks for one surely. */
  #likelyEncoder(): EncoderWish | undefined {
    const [viewer] = this.#viewers.values();
    const [expected] = this.#expecting;
    const wish = viewer?.encoderWish ?? expected?.encoder;
    return wish && { ...wish, ...this.#options.encoders.options };
  }

  async #changeSource(): Promise<void> {
    const child = this.#child;
    const picture = this.#picture;
    const counts = (): boolean =>
      child === this.#child && picture === this.#picture && this.#ready && !this.#closing;
    try {
      const opened = this.#descriptors ? await this.#descriptors() : [];
      if (child && counts()) return child.changeSource(picture, opened);
      for (const descriptor of opened) closeSync(descriptor);
    } catch (error) {
      if (counts()) this.#sourceChanged((error as Error).message);
    }
  }

  /** @param trouble why it could not be opened */
  #sourceChanged(trouble: string | undefined): void {
    this.#log.info({ pid: this.pid, source: this.#picture.source, trouble }, 'another source');
    clearTimeout(this.#following);
    if (trouble === undefined || !this.#ready) return;
    this.#following = setTimeout(() => void this.#changeSource(), FOLLOW_INTERVAL);
  }

  #pictureEvent(event: PictureEvent): void {
    switch (event.kind) {
      case 'source-area':
        this.#log.info({ pid: this.pid, ...event.area }, 'where the source lies');
        this.#area = event.area;
        for (const viewer of this.#viewers.values()) viewer.sourceArea(event.area);
        return;
      case 'notice':
        this.#log.info({ pid: this.pid, ...event }, 'media notice');
        return this.#notice(event.viewer, event.part, event.recovered ? undefined : event.message);
      case 'fault':
        this.#log.warn({ pid: this.pid, ...event }, 'media fault');
        // What an encoder's driver left behind goes with the process; the next one may do better.
        if (event.viewer === undefined || event.part === 'encoder') {
          return this.#pictureGone(event.message);
        }
        this.#viewers.get(event.viewer)?.fail(event.message);
    }
  }

  #notice(viewer: number | undefined, part: string, message: string | undefined): void {
    if (viewer !== undefined) return this.#viewers.get(viewer)?.notice(part, message);
    if (message === undefined) this.#notices.delete(part);
    else this.#notices.set(part, message);
    for (const one of this.#viewers.values()) one.notice(part, message);
  }

  /** A source that never was is told at once; one that stopped is opened anew, in a new process. */
  #pictureGone(message: string): void {
    if (!this.#everReady) return this.#fault(message);
    this.#lastFailure = message;
    this.#child?.kill();
  }

  #died(reason: string): void {
    this.#watchdog.clear();
    clearTimeout(this.#following);
    this.#child = undefined;
    this.#ready = false;
    this.#notices.clear();
    for (const viewer of this.#viewers.values()) viewer.processDied();
    if (this.#closing) return;
    const why = this.#lastFailure ?? reason;
    const now = performance.now();
    const delay = this.#budget.take(now, this.#readyAt === undefined ? 0 : now - this.#readyAt);
    this.#readyAt = undefined;
    this.#log.warn({ reason, why, viewers: this.#viewers.size, delay }, 'media process died');
    if (delay === undefined && !this.#changeEncoder(why)) {
      this.#fault(`The media process stopped again and again: ${why}`);
      return;
    }
    this.#lastFailure = undefined;
    for (const viewer of this.#viewers.values()) viewer.restarted(why);
    if (!delay) this.#start();
    else this.#restart = setTimeout(() => this.#start(), delay);
  }

  /** @returns false: there is no other encoder to try, or it was never the encoder */
  #changeEncoder(why: string): boolean {
    const wishes = [...this.#viewers.values()].map(({ video }) => video);
    if (!this.#everReady || wishes.length === 0) return false;
    const changed = this.#options.encoders.leaveOutFirst(wishes);
    if (!changed) return false;
    this.#budget = new RestartBudget();
    this.#log.warn({ ...changed, why }, 'another encoder takes over');
    this.#notice(
      undefined,
      'encoder',
      `The encoder ${changed.left} failed again and again (${why}); ${changed.next} takes its place.`,
    );
    return true;
  }

  /** Ends every viewer with a sentence. */
  #fault(message: string): void {
    for (const viewer of [...this.#viewers.values()]) viewer.fail(message);
    this.#options.onEmpty();
  }

  /** @param released its counters are unused: only then may the slot go to another key */
  #viewerGone(viewer: JoinedViewer, released: boolean): void {
    if (released) {
      if (this.#viewers.delete(viewer.number)) this.#options.slots.release(viewer.slot);
    }
    this.#endUnwatched();
  }

  #endUnwatched(): void {
    const watched = [...this.#viewers.values()].some((one) => !one.leaving);
    if (!watched && this.#expecting.size === 0 && !this.#closing) this.#options.onEmpty();
  }
}
