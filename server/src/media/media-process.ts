import { closeSync } from 'node:fs';

import type { Logger } from 'pino';

import type { PictureEvent, PictureOptions } from '../native/media-addon.ts';
import { COUNTER_SLOTS } from '../native/media-addon.ts';
import { MediaChild } from './media-child.ts';
import type { FromMedia, ToMedia } from './messages.ts';
import type { MediaPicturesOptions, Viewer, ViewerListener, ViewerRequest } from './pictures.ts';
import { RestartBudget } from './restart-budget.ts';
import { JoinedViewer } from './joined-viewer.ts';

/** milliseconds for start, hello and opening the source */
const START_TIME_LIMIT = 10_000;
/** A running process reports every second; one that is silent so long hangs and is replaced. */
const SILENCE_LIMIT = 5_000;

/**
 * The parent's side of one picture. The process behind it may die at any time: it is replaced with the same
 * picture, viewers, endpoints and counters, and each client sees a short freeze and an IDR.
 */
export class MediaProcess {
  readonly #options: MediaPicturesOptions;
  readonly #log: Logger;
  readonly #countersFd: number;
  readonly #freeSlots = Array.from({ length: COUNTER_SLOTS }, (_, slot) => slot);
  readonly #viewers = new Map<number, JoinedViewer>();
  readonly #budget = new RestartBudget();
  #child: MediaChild | undefined;
  /** it will be tried again */
  #startFailed = false;
  #picture: PictureOptions | undefined;
  #onEmpty: () => void = () => {};
  /** hello and open are through; viewers may be sent */
  #ready = false;
  #greeted = false;
  #everReady = false;
  /** when the present process had its picture */
  #readyAt: number | undefined;
  #lastFailure: string | undefined;
  /** why a warm process will not be used */
  #refusal: string | undefined;
  #watchdog: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: MediaPicturesOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#countersFd = options.createCounterPage();
    this.#start();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** @param onEmpty the last viewer left, or the picture cannot be had: nobody may join any more */
  open(picture: PictureOptions, onEmpty: () => void): void {
    this.#picture = picture;
    this.#onEmpty = onEmpty;
    const refusal = this.#refusal;
    // After `join`, so that there is a viewer to tell.
    if (refusal !== undefined) queueMicrotask(() => this.#fault(refusal));
    else if (this.#greeted) this.#send({ type: 'open', picture });
    // A warm process that died while it waited.
    else if (!this.#child && !this.#startFailed) this.#start();
  }

  /** @throws Error when all slots of the counter page are taken */
  join(request: ViewerRequest, listener: ViewerListener): Viewer {
    const slot = this.#freeSlots.shift();
    if (slot === undefined) throw new Error('Too many devices watch this picture.');
    this.#options.resetCounters(this.#countersFd, slot);
    const viewer = new JoinedViewer(request, slot, listener, {
      send: (message) => {
        if (this.#ready) this.#send(message);
      },
      pid: () => this.pid,
      isServed: () => this.#ready && this.#child !== undefined,
      gone: (released) => this.#viewerGone(viewer, released),
    });
    this.#viewers.set(request.viewer, viewer);
    if (this.#ready) viewer.introduce();
    return viewer;
  }

  /** Ends the process. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      clearTimeout(this.#watchdog);
      clearTimeout(this.#restart);
      await this.#child?.close();
      for (const viewer of this.#viewers.values()) viewer.served();
      this.#viewers.clear();
      closeSync(this.#countersFd);
    })();
    return this.#closing;
  }

  #start(): void {
    this.#greeted = false;
    this.#ready = false;
    try {
      this.#child = this.#spawn();
      this.#watch(START_TIME_LIMIT);
    } catch (error) {
      // No memory or no descriptors: worth another try, like a crash.
      this.#startFailed = true;
      queueMicrotask(() => {
        this.#startFailed = false;
        this.#died(`could not be started: ${(error as Error).message}`);
      });
    }
  }

  #spawn(): MediaChild {
    const child = new MediaChild(
      this.#options.start,
      this.#countersFd,
      {
        message: (message) => {
          if (this.#child === child) this.#receive(message);
        },
        gone: (reason) => {
          if (this.#child === child) this.#died(reason);
        },
      },
      this.#log,
    );
    return child;
  }

  #send(message: ToMedia): void {
    this.#child?.send(message);
  }

  /** From now on the process must be heard of within this time. */
  #watch(limit: number): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => {
      this.#lastFailure = `did not answer for ${limit / 1000} s`;
      this.#child?.kill();
    }, limit);
    this.#watchdog.unref();
  }

  #receive(message: FromMedia): void {
    if (this.#closing) return;
    if (this.#ready) this.#watch(SILENCE_LIMIT);
    switch (message.type) {
      case 'hello':
        return this.#greet(message.build);
      case 'ready':
        this.#ready = true;
        this.#everReady = true;
        this.#readyAt = performance.now();
        this.#watch(SILENCE_LIMIT);
        for (const viewer of this.#viewers.values()) viewer.introduce();
        return;
      case 'viewing':
        return this.#viewers.get(message.viewer)?.viewing();
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

  #greet(build: string): void {
    if (build !== this.#options.build) {
      // An upgrade replaced the program under the running host.
      this.#refusal =
        'The host was upgraded while it ran; it must be restarted before it can stream.';
      this.#log.error({ build, expected: this.#options.build }, 'media process of another build');
      if (this.#picture) this.#fault(this.#refusal);
      return;
    }
    this.#greeted = true;
    if (this.#picture) this.#send({ type: 'open', picture: this.#picture });
    else clearTimeout(this.#watchdog);
  }

  #pictureEvent(event: PictureEvent): void {
    switch (event.kind) {
      case 'source-resized':
        this.#log.info({ pid: this.pid, ...event }, 'source changed its size');
        return;
      case 'notice':
        this.#log.info({ pid: this.pid, ...event }, 'media notice');
        for (const viewer of this.#concerned(event.viewer)) viewer.notice(event.message);
        return;
      case 'fault':
        this.#log.warn({ pid: this.pid, ...event }, 'media fault');
        if (event.viewer === undefined) return this.#pictureGone(event.message);
        this.#viewers.get(event.viewer)?.fail(event.message);
    }
  }

  #concerned(viewer: number | undefined): JoinedViewer[] {
    if (viewer === undefined) return [...this.#viewers.values()];
    const one = this.#viewers.get(viewer);
    return one ? [one] : [];
  }

  /** A source that never was is told at once; one that stopped is opened anew, in a new process. */
  #pictureGone(message: string): void {
    if (!this.#everReady) return this.#fault(message);
    this.#lastFailure = message;
    this.#child?.kill();
  }

  #died(reason: string): void {
    clearTimeout(this.#watchdog);
    this.#child = undefined;
    this.#ready = false;
    this.#greeted = false;
    for (const viewer of this.#viewers.values()) viewer.processDied();
    if (this.#closing) return;
    if (!this.#picture) return;
    const why = this.#lastFailure ?? reason;
    const now = performance.now();
    const delay = this.#budget.take(now, this.#readyAt === undefined ? 0 : now - this.#readyAt);
    this.#readyAt = undefined;
    this.#log.warn({ reason, why, viewers: this.#viewers.size, delay }, 'media process died');
    if (delay === undefined) {
      this.#fault(`The media process stopped again and again: ${why}`);
      return;
    }
    this.#lastFailure = undefined;
    for (const viewer of this.#viewers.values()) viewer.restarted();
    if (delay === 0) this.#start();
    else this.#restart = setTimeout(() => this.#start(), delay);
  }

  /** Ends every viewer with a sentence. */
  #fault(message: string): void {
    for (const viewer of [...this.#viewers.values()]) viewer.fail(message);
    this.#onEmpty();
  }

  /** @param released its counters are unused: only then may the slot go to another key */
  #viewerGone(viewer: JoinedViewer, released: boolean): void {
    if (released) {
      if (this.#viewers.delete(viewer.number)) this.#freeSlots.push(viewer.slot);
    }
    const watched = [...this.#viewers.values()].some((one) => !one.leaving);
    if (!watched && !this.#closing) this.#onEmpty();
  }
}
