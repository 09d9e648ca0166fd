import { isDeepStrictEqual } from 'node:util';

import type {
  EncoderWish,
  Endpoint,
  MediaPlane,
  SoundSource,
  SourceArea,
  Tuning,
  ViewerOptions,
  ViewerStatistics,
} from '../native/media-addon.ts';
import type { ToMedia } from './messages.ts';
import type { Viewer, ViewerListener, ViewerRequest } from './viewer.ts';
import { encoderWish } from './viewer.ts';

/** What a viewer needs of its media process. */
export interface ViewerPort {
  /** Dropped while no process is ready: `introduce` says everything then. */
  send(message: ToMedia): void;
  pid(): number | undefined;
  /** which encoders are tried for it */
  encoders(): Pick<ViewerOptions['video'], 'encoders' | 'gpu'>;
  /** a process is running that knows this viewer */
  isServed(): boolean;
  /** the viewer wants out; with `released` nothing uses its counters any more */
  gone(released: boolean): void;
}

/** milliseconds until a process that does not answer `leave` is no longer waited for */
const LEAVE_TIME_LIMIT = 3_000;

/** The parent's memory of one viewer: everything a new process must be told. */
export class JoinedViewer implements Viewer {
  readonly slot: number;
  readonly #listener: ViewerListener;
  readonly #port: ViewerPort;
  readonly #endpoints = new Map<MediaPlane, Endpoint>();
  /** by part: what it was told of and is not over yet */
  readonly #notices = new Map<string, string>();
  #request: ViewerRequest;
  #introduced = false;
  #leave: PromiseWithResolvers<void> | undefined;

  constructor(request: ViewerRequest, slot: number, listener: ViewerListener, port: ViewerPort) {
    this.#request = request;
    this.slot = slot;
    this.#listener = listener;
    this.#port = port;
  }

  get number(): number {
    return this.#request.viewer;
  }

  get pid(): number | undefined {
    return this.#port.pid();
  }

  get encoderWish(): EncoderWish {
    return encoderWish(this.#request);
  }

  get video(): ViewerRequest['video'] {
    return this.#request.video;
  }

  /** `close` was called; the counters may still be in use */
  get leaving(): boolean {
    return this.#leave !== undefined;
  }

  /** Tells a process that is ready everything: options, endpoints, and that the client needs an IDR. */
  introduce(): void {
    if (this.#leave) return;
    const again = this.#introduced;
    this.#introduced = true;
    const video = { ...this.#request.video, ...this.#port.encoders() };
    this.#port.send({ type: 'viewer', options: { ...this.#request, video, slot: this.slot } });
    for (const [plane, endpoint] of this.#endpoints) this.#sendEndpoint(plane, endpoint);
    if (again) this.requestKeyframe(0);
  }

  // A session that left hears nothing more.

  viewing(): void {
    if (!this.#leave) this.#listener.viewing();
  }

  statistics(statistics: ViewerStatistics): void {
    if (!this.#leave) this.#listener.statistics(statistics);
  }

  restarted(reason: string): void {
    if (!this.#leave) this.#listener.restarted(reason);
  }

  sourceArea(area: SourceArea): void {
    if (!this.#leave) this.#listener.sourceArea(area);
  }

  notice(part: string, message: string | undefined): void {
    if (this.#notices.get(part) === message) return;
    if (message === undefined) this.#notices.delete(part);
    else this.#notices.set(part, message);
    if (!this.#leave) this.#listener.notice(part, message);
  }

  setEndpoint(plane: MediaPlane, endpoint: Endpoint): void {
    // What changes nothing costs nothing: a socket is not made anew for it.
    if (isDeepStrictEqual(this.#endpoints.get(plane), endpoint)) return;
    this.#endpoints.set(plane, endpoint);
    this.#sendEndpoint(plane, endpoint);
  }

  requestKeyframe(roundTrip: number): void {
    if (!this.#leave) this.#port.send({ type: 'keyframe', viewer: this.number, roundTrip });
  }

  invalidate(first: number, last: number): void {
    if (!this.#leave) this.#port.send({ type: 'invalidate', viewer: this.number, first, last });
  }

  tune(tuning: Tuning): void {
    if (this.#leave) return;
    // A process that takes over begins where this one is.
    const { sendMethod, ...rates } = tuning;
    const { video } = this.#request;
    const sending = { ...video.sending, ...(sendMethod && { method: sendMethod }) };
    this.#request = { ...this.#request, video: { ...video, ...rates, sending } };
    this.#port.send({ type: 'tune', viewer: this.number, tuning });
  }

  setSoundSource(source: SoundSource): void {
    if (this.#leave) return;
    this.#request = { ...this.#request, audio: { ...this.#request.audio, source } };
    this.#port.send({ type: 'sound-source', viewer: this.number, source });
  }

  close(): Promise<void> {
    if (this.#leave) return this.#leave.promise;
    this.#leave = Promise.withResolvers();
    const { promise, resolve } = this.#leave;
    if (this.#introduced && this.#port.isServed()) {
      this.#port.send({ type: 'leave', viewer: this.number });
      const timer = setTimeout(resolve, LEAVE_TIME_LIMIT);
      timer.unref();
      void promise.then(() => clearTimeout(timer));
      this.#port.gone(false);
    } else {
      this.served();
    }
    return promise;
  }

  /** Nothing uses its counters any more. */
  served(): void {
    this.#leave ??= Promise.withResolvers();
    this.#leave.resolve();
    this.#port.gone(true);
  }

  /** The process that served it is dead. What it told is over: the next one tells what it finds itself. */
  processDied(): void {
    if (this.#leave) this.served();
    for (const part of this.#notices.keys()) this.notice(part, undefined);
  }

  /** The stream cannot go on. */
  fail(message: string): void {
    if (this.#leave) return;
    void this.close();
    this.#listener.fault(message);
  }

  #sendEndpoint(plane: MediaPlane, endpoint: Endpoint): void {
    if (this.#leave) return;
    this.#port.send({ type: 'endpoint', viewer: this.number, plane, endpoint });
  }
}
