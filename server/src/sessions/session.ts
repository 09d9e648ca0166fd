import type { Logger } from 'pino';

import type { Device } from '../devices/devices.ts';
import type { DisconnectReason } from '../gamestream/control/control-plane.ts';
import type { StreamConfig } from '../gamestream/stream-config.ts';
import type { StageStatistics } from '../native/statistics.ts';
import type { ViewerListener } from '../media/pictures.ts';
import type { Endpoint } from '../native/media-addon.ts';
import type { StreamAdaptation } from './adaptation/stream-adaptation.ts';
import type { AppRun } from './app-run.ts';
import { ENCODING_FAILED, terminationCode } from './end-codes.ts';
import type { LaunchSteps } from './launch-record.ts';
import { LaunchRecord } from './launch-record.ts';
import type { PictureSource } from './picture-source.ts';
import { SessionInput } from './session-input.ts';
import type { SessionParts } from './session-parts.ts';
import type { LaunchRequest } from '../gamestream/launches.ts';
import type { EndReason, SessionState, SessionView } from './sessions.ts';
import { Stream } from './stream.ts';
import { ThreadClasses } from './thread-classes.ts';

/** milliseconds without progress after which a launch is gone (protocol 1 §5.3) */
const PROGRESS_LIMIT = 10_000;

/** What a session tells the directory that holds it. */
export interface SessionEvents {
  changed(): void;
  /** once; it is no session any more */
  ended(session: Session, reason: EndReason): void;
}

/**
 * One device's view of one running app: launching → handshake → starting → streaming ⇄ paused → ended. Every
 * end goes through `close`. A resume brings a new launch record into the same session.
 */
export class Session implements LaunchSteps {
  readonly id: number;
  readonly device: Device;
  readonly run: AppRun;
  readonly startedAt = Date.now();
  readonly #parts: SessionParts;
  readonly #events: SessionEvents;
  readonly #log: Logger;
  /** by part; one that is over is gone */
  readonly #notices = new Map<string, string>();
  readonly #input: SessionInput;
  /** the request that is on its way through launch or resume */
  #pending: LaunchRequest | undefined;
  #state: SessionState = 'launching';
  #record: LaunchRecord | undefined;
  #stream: Stream | undefined;
  #endpoints = new Map<'video' | 'audio', Endpoint>();
  #timer: NodeJS.Timeout | undefined;
  #viewing = false;
  #everConnected = false;
  #everStreamed = false;
  #playOnHost = false;
  #address: string;
  #statistics: StageStatistics | undefined;
  #roundTrip: number | undefined;
  #mediaRestarts = 0;
  #closed: Promise<void> | undefined;

  constructor(
    id: number,
    request: LaunchRequest,
    run: AppRun,
    parts: SessionParts,
    events: SessionEvents,
  ) {
    this.id = id;
    this.device = request.device;
    this.run = run;
    this.#parts = parts;
    this.#events = events;
    this.#log = parts.log.child({ session: id, device: request.device.name });
    this.#pending = request;
    this.#address = request.remoteAddress;
    this.#input = new SessionInput(parts, id, run.app, this.#knownDevice.input, this.#log);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** its client has been connected: leaving pauses it instead of ending it */
  get established(): boolean {
    return this.#everConnected;
  }

  /** the launch that RTSP may still see */
  get handshake(): LaunchRecord | undefined {
    const open = this.#state === 'handshake' || this.#state === 'starting';
    return open && this.#record?.connected === false ? this.#record : undefined;
  }

  /** the number by which the control plane and the media process know its present launch */
  get number(): number | undefined {
    return this.#record?.session;
  }

  get connectData(): number | undefined {
    return this.#record?.connectData;
  }

  /** An unencrypted launch from this address that RTSP cannot tell from another one. */
  holdsPlainHandshake(address: string): boolean {
    const request = this.#pending ?? this.handshake?.request;
    return request !== undefined && !request.encryptedRtsp && request.remoteAddress === address;
  }

  /** A launch or resume begins; one that was on its way is superseded. */
  begin(request: LaunchRequest): void {
    this.#pending = request;
  }

  /** Whether `request` is still the one that counts. */
  awaits(request: LaunchRequest): boolean {
    return this.#state !== 'ended' && this.#pending === request;
  }

  /**
   * Gives the session its launch record and tells the control plane whom to expect. A former connection of
   * this device is ended at once, however alive it looks.
   *
   * @param number never used before
   */
  attach(request: LaunchRequest, number: number, connectData: number): void {
    void this.#detach('replaced');
    this.#pending = undefined;
    const record = new LaunchRecord(
      number,
      request,
      connectData,
      { codecModes: this.#parts.codecModes(), invalidation: this.#parts.invalidation() },
      this,
    );
    this.#record = record;
    this.#address = request.remoteAddress;
    this.#playOnHost = request.playOnHost ?? this.#playOnHost;
    this.#notices.clear();
    this.#parts.control.expect({
      session: number,
      key: request.key,
      connectData,
      pingPayload: record.pingPayload,
      address: request.remoteAddress,
      clientName: request.device.name,
      gamepads: this.#input.gamepads(request),
    });
    this.#enter('handshake');
    this.#awaitProgress();
  }

  // The steps of RTSP, for the present launch alone.

  progress(record: LaunchRecord): void {
    if (record === this.#record && this.#timer) this.#awaitProgress();
  }

  /** RTSP cannot go on; its client says no more than that. */
  refuse(record: LaunchRecord, message: string): void {
    if (record === this.#record) this.fault(message);
  }

  announce(record: LaunchRecord, config: StreamConfig): void {
    this.#demand(record, 'handshake');
    const source: PictureSource =
      this.run.app.source === 'desktop' ? this.#parts.desktop() : 'test-pattern';
    record.config = config;
    void this.#stream?.close();
    this.#stream = new Stream(
      this.#parts,
      record,
      source,
      config,
      this.#playOnHost,
      this.#endpoints,
    );
    this.#parts.control.configure(record.session, {
      v2: config.controlV2,
      honoursPingPayload: config.honoursPingPayload,
      sendsFecStatus: config.sendsFecStatus,
      input: this.#input.begin(record.session, source, config.video),
    });
    this.#events.changed();
  }

  async play(record: LaunchRecord): Promise<void> {
    this.#demand(record, 'handshake');
    const stream = this.#stream;
    if (!stream) throw new Error('PLAY came before ANNOUNCE.');
    this.#enter('starting');
    this.#awaitProgress();
    const current = (): boolean => this.#stream === stream;
    const threads = new ThreadClasses(this.#log);
    try {
      const listener: ViewerListener = {
        viewing: () => {
          if (!current()) return;
          this.#viewing = true;
          this.#settle();
        },
        statistics: (statistics) => {
          if (!current()) return;
          this.#statistics = statistics;
          stream.adaptation?.statistics(statistics);
          this.notice('threads', threads.seen(statistics.threads));
          this.#events.changed();
        },
        restarted: (reason) => {
          if (!current()) return;
          this.#mediaRestarts += 1;
          this.#report(`The media process was replaced, and the stream went on: ${reason}`);
          this.#events.changed();
        },
        sourceArea: (area) => {
          if (current()) this.#input.moved(area);
        },
        notice: (part, message) => {
          if (current()) this.notice(part, message);
        },
        fault: (message) => {
          if (current()) this.fault(message);
        },
      };
      await stream.play(listener, this.#knownDevice.adaptive, this.#log);
    } catch (error) {
      if (current()) this.fault((error as Error).message);
      throw error;
    }
    this.#settle();
  }

  // What the control plane reports about the present launch.

  connected(address: string): void {
    const record = this.#record;
    if (!record || this.#state === 'ended' || this.#state === 'paused') return;
    record.connected = true;
    this.#everConnected = true;
    this.#address = address;
    // Told once at the start (protocol 2 §B.5); no source here is HDR.
    this.#parts.control.setHdrMode(record.session, false);
    this.#settle();
    this.#events.changed();
  }

  disconnected(reason: DisconnectReason): void {
    if (reason === 'ended-by-host' || !this.#record) return;
    this.#log.info({ reason }, 'client left');
    if (this.#everConnected) this.#pause(undefined);
    else void this.close('client-left');
  }

  endpoint(plane: 'video' | 'audio', endpoint: Endpoint): void {
    const before = this.#endpoints.get(plane);
    this.#endpoints.set(plane, endpoint);
    this.#stream?.viewer?.setEndpoint(plane, endpoint);
    // A new port alone is a router's doing; the way there is the same.
    const elsewhere = before !== undefined && before.address !== endpoint.address;
    if (plane === 'video' && elsewhere) this.adaptation?.moved();
  }

  keyframeRequested(): void {
    this.#stream?.viewer?.requestKeyframe(this.#roundTrip ?? 0);
    this.adaptation?.keyframeRequested();
  }

  invalidationRequested(first: number, last: number): void {
    this.#stream?.viewer?.invalidate(first, last);
    this.adaptation?.invalidationRequested(first, last);
  }

  roundTripMeasured(milliseconds: number): void {
    this.#roundTrip = milliseconds;
    this.adaptation?.roundTrip(milliseconds);
  }

  /** Something that the owner should know, the stream goes on; without a message it is over. */
  notice(part: string, message: string | undefined): void {
    if (this.#notices.get(part) === message) return;
    if (message === undefined) this.#notices.delete(part);
    else this.#notices.set(part, message);
    this.#events.changed();
  }

  /** Its app could not be started. */
  startFailed(message: string): void {
    if (this.#state !== 'ended') this.#report(message);
    void this.close('fault');
  }

  /** The owner changed what its device may do. */
  permit({ adaptive, input }: Device): void {
    this.adaptation?.switch(adaptive);
    if (this.#input.permit(input)) this.#events.changed();
  }

  /** The stream cannot go on. What has been streaming can be resumed; what never came is over. */
  fault(message: string): void {
    this.#log.error({ reason: message }, 'stream ended by a fault');
    this.#report(message);
    if (!this.#everStreamed) {
      void this.close('fault');
      return;
    }
    this.#pause(ENCODING_FAILED);
    this.notice('stream', message);
  }

  view(): SessionView {
    const config = this.#record?.config;
    const encoder = config && this.#parts.encoder(config.video.codec);
    const { app } = this.run;
    const { fingerprint, name } = this.#knownDevice;
    const { adaptation } = this;
    const client = adaptation?.report;
    const { notice } = this.#input;
    return {
      id: this.id,
      state: this.#state,
      device: { fingerprint, name },
      app: { id: app.id, title: app.title },
      address: this.#address,
      startedAt: this.startedAt,
      ...(config && { config }),
      ...(encoder !== undefined && { encoder }),
      ...(this.#statistics && { statistics: this.#statistics }),
      ...(client && { client }),
      ...(adaptation && { adaptation: adaptation.state }),
      ...(this.#roundTrip !== undefined && { roundTrip: this.#roundTrip }),
      mediaRestarts: this.#mediaRestarts,
      notices: [...(notice === undefined ? [] : [notice]), ...this.#notices.values()],
    };
  }

  /** how its stream follows what the client reports, while there is one */
  get adaptation(): StreamAdaptation | undefined {
    return this.#stream?.adaptation;
  }

  /** the process that serves it at present */
  get mediaPid(): number | undefined {
    return this.#stream?.viewer?.pid;
  }

  /** The one door out. May be called from any state and twice; the first reason counts. */
  close(reason: EndReason): Promise<void> {
    if (!this.#closed) {
      this.#log.info({ reason }, 'session ended');
      this.#pending = undefined;
      const detached = this.#detach(reason);
      this.#closed = detached;
      this.#input.close();
      this.#enter('ended');
      this.#events.ended(this, reason);
    }
    return this.#closed;
  }

  /** The owner may have renamed or permitted something since. */
  get #knownDevice(): Device {
    return this.#parts.devices.find(this.device.fingerprint) ?? this.device;
  }

  #report(message: string): void {
    this.#parts.problems.report({ device: this.#knownDevice.name, message });
  }

  #demand(record: LaunchRecord, state: SessionState): void {
    if (record !== this.#record || this.#state !== state) {
      throw new Error('This launch is over; start the stream again.');
    }
  }

  /** Streaming begins when the client is connected and the picture runs, in whichever order. */
  #settle(): void {
    if (this.#state !== 'starting' || !this.#record?.connected) return;
    this.#clearTimer();
    if (!this.#viewing) return;
    this.#everStreamed = true;
    this.#enter('streaming');
  }

  #pause(code: number | undefined): void {
    if (this.#state === 'ended' || this.#state === 'paused') return;
    void this.#leave(code);
    // A resume on its way goes on; its record is next.
    this.#enter(this.#pending ? 'launching' : 'paused');
  }

  #awaitProgress(): void {
    this.#clearTimer();
    this.#timer = setTimeout(() => {
      this.#log.info({ state: this.#state }, 'no progress for 10 s');
      if (this.#everConnected) this.#pause(undefined);
      else void this.close('client-left');
    }, PROGRESS_LIMIT);
  }

  #clearTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #detach(reason: EndReason): Promise<void> {
    return this.#leave(terminationCode(reason));
  }

  /** Lets go of client, picture, sound and key. Never rejects. */
  async #leave(code: number | undefined): Promise<void> {
    this.#clearTimer();
    const record = this.#record;
    const stream = this.#stream;
    this.#record = undefined;
    this.#stream = undefined;
    this.#viewing = false;
    this.#statistics = undefined;
    this.#roundTrip = undefined;
    this.#endpoints = new Map();
    this.#input.end();
    const ending = record && this.#parts.control.end(record.session, code);
    await Promise.all([
      ending?.catch((error: unknown) => this.#log.warn({ err: error }, 'control stream')),
      stream?.close().catch((error: unknown) => this.#log.warn({ err: error }, 'media')),
    ]);
  }

  #enter(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#log.info({ state }, 'session state');
    this.#events.changed();
  }
}
