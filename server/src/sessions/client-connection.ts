import type { Logger } from 'pino';

import type { Display } from '../displays/display.ts';
import type { LaunchRequest } from '../gamestream/launches.ts';
import type { StreamConfig } from '../gamestream/stream-config.ts';
import type { ViewerListener } from '../media/viewer.ts';
import type { Endpoint } from '../native/media-addon.ts';
import type { StageStatistics } from '../native/statistics.ts';
import type { StreamAdaptation } from './adaptation/stream-adaptation.ts';
import type { LaunchSteps } from './launch-record.ts';
import { LaunchRecord } from './launch-record.ts';
import type { SessionInput } from './session-input.ts';
import type { SessionParts } from './session-parts.ts';
import type { SessionView } from './sessions.ts';
import type { StreamParts } from './stream.ts';
import type { StreamEvents } from './stream-events.ts';
import { Stream } from './stream.ts';
import { ThreadClasses } from './thread-classes.ts';

type ConnectionParts = StreamParts &
  Pick<SessionParts, 'control' | 'codecModes' | 'invalidation' | 'encoder'>;

/** What a connection tells its session; nothing more once it is closed. */
export interface ConnectionEvents extends Pick<
  ViewerListener,
  'viewing' | 'restarted' | 'notice' | 'fault'
> {
  /** Its figures are new. */
  changed(): void;
}

/**
 * All that a session has because of one /launch or /resume, and lets go of together: the launch record, the
 * place in the control plane, the stream, and what its client and the media process report.
 */
export class ClientConnection {
  readonly record: LaunchRecord;
  readonly #parts: ConnectionParts;
  readonly #input: SessionInput;
  readonly #happenings: StreamEvents;
  readonly #log: Logger;
  readonly #endpoints = new Map<'video' | 'audio', Endpoint>();
  #stream: Stream | undefined;
  #open = true;
  #viewing = false;
  #statistics: StageStatistics | undefined;
  #roundTrip: number | undefined;
  #closed: Promise<void> | undefined;

  /**
   * Tells the control plane whom to expect.
   *
   * @param number never used before
   * @param connectData u32, used by no other launch
   */
  constructor(
    number: number,
    request: LaunchRequest,
    connectData: number,
    steps: LaunchSteps,
    parts: ConnectionParts,
    input: SessionInput,
    happenings: StreamEvents,
    log: Logger,
  ) {
    const encoder = { codecModes: parts.codecModes(), invalidation: parts.invalidation() };
    this.record = new LaunchRecord(number, request, connectData, encoder, steps);
    this.#parts = parts;
    this.#input = input;
    this.#happenings = happenings;
    this.#log = log;
    parts.control.expect({
      session: number,
      key: request.key,
      connectData,
      pingPayload: this.record.pingPayload,
      address: request.remoteAddress,
      clientName: request.device.name,
      gamepads: input.gamepads(request),
    });
  }

  /** ANNOUNCE came; a later one takes its place until PLAY. */
  announce(config: StreamConfig, display: Display, playOnHost: boolean): void {
    const { record } = this;
    record.config = config;
    void this.#stream?.close();
    this.#stream = new Stream(this.#parts, record, display, config, playOnHost, this.#endpoints);
    this.#parts.control.configure(record.session, {
      v2: config.controlV2,
      honoursPingPayload: config.honoursPingPayload,
      sendsFecStatus: config.sendsFecStatus,
      input: this.#input.begin(record.session, config.video),
    });
  }

  get announced(): boolean {
    return this.#stream !== undefined;
  }

  /**
   * PLAY came, after ANNOUNCE.
   *
   * @param adaptive follow what the client reports, from the first frame on
   * @throws Error with a sentence when there is no room
   */
  async play(adaptive: boolean, events: ConnectionEvents): Promise<void> {
    const threads = new ThreadClasses(this.#log);
    const listener: ViewerListener = {
      viewing: () => {
        if (!this.#open) return;
        this.#viewing = true;
        events.viewing();
      },
      statistics: (statistics) => {
        if (!this.#open) return;
        this.#statistics = statistics;
        this.adaptation?.statistics(statistics);
        events.notice('threads', threads.seen(statistics.threads));
        events.changed();
      },
      restarted: (reason) => {
        if (this.#open) events.restarted(reason);
      },
      sourceArea: (area) => {
        if (!this.#open) return;
        this.#happenings.pass({ kind: 'mode', width: area.width, height: area.height });
        this.#input.moved(area);
      },
      notice: (part, message) => {
        if (this.#open) events.notice(part, message);
      },
      fault: (message) => {
        if (this.#open) events.fault(message);
      },
    };
    await this.#stream?.play(listener, adaptive, this.#happenings, this.#log);
  }

  /** the picture runs */
  get viewing(): boolean {
    return this.#viewing;
  }

  // What the control plane reports about it.

  connected(): void {
    this.record.connected = true;
    // Told once at the start (protocol 2 §B.5); no source here is HDR.
    this.#parts.control.setHdrMode(this.record.session, false);
  }

  endpoint(plane: 'video' | 'audio', endpoint: Endpoint): void {
    const before = this.#endpoints.get(plane);
    this.#endpoints.set(plane, endpoint);
    const { address, port } = endpoint;
    if (address !== before?.address || port !== before.port) {
      this.#happenings.pass({ kind: 'address', plane, address, port });
    }
    this.#stream?.viewer?.setEndpoint(plane, endpoint);
    // A new port alone is a router's doing; the way there is the same.
    const elsewhere = before !== undefined && before.address !== endpoint.address;
    if (plane === 'video' && elsewhere) this.adaptation?.moved();
  }

  keyframeRequested(): void {
    this.#happenings.pass({ kind: 'keyframe-requested' });
    this.#stream?.viewer?.requestKeyframe(this.#roundTrip ?? 0);
    this.adaptation?.keyframeRequested();
  }

  invalidationRequested(first: number, last: number): void {
    this.#happenings.pass({ kind: 'invalidation-requested', first, last });
    this.#stream?.viewer?.invalidate(first, last);
    this.adaptation?.invalidationRequested(first, last);
  }

  /** @param lost packets since the last report, which may be none */
  lossReported(lost: number, lastGoodFrame: number): void {
    if (lost > 0) this.#happenings.pass({ kind: 'loss-reported', packets: lost, lastGoodFrame });
    this.adaptation?.lossStats(lost, lastGoodFrame);
  }

  roundTripMeasured(milliseconds: number): void {
    this.#roundTrip = milliseconds;
    this.adaptation?.roundTrip(milliseconds);
  }

  /** how its stream follows what the client reports, while there is one */
  get adaptation(): StreamAdaptation | undefined {
    return this.#stream?.adaptation;
  }

  /** the process that serves it at present */
  get mediaPid(): number | undefined {
    return this.#stream?.viewer?.pid;
  }

  /** The part of its session's view that there is only because of it. */
  view(): Pick<
    SessionView,
    'config' | 'encoder' | 'statistics' | 'client' | 'adaptation' | 'roundTrip'
  > {
    const { config } = this.record;
    const encoder = config && this.#parts.encoder(config.video.codec);
    const { adaptation } = this;
    const client = adaptation?.report;
    return {
      ...(config && { config }),
      ...(encoder !== undefined && { encoder }),
      ...(this.#statistics && { statistics: this.#statistics }),
      ...(client && { client }),
      ...(adaptation && { adaptation: adaptation.state }),
      ...(this.#roundTrip !== undefined && { roundTrip: this.#roundTrip }),
    };
  }

  /**
   * Lets go of client, picture, sound and key. May be called twice. Never rejects.
   *
   * @param code that its client gets; absent: it is gone already
   */
  close(code: number | undefined): Promise<void> {
    this.#open = false;
    this.#closed ??= this.#letGo(code);
    return this.#closed;
  }

  async #letGo(code: number | undefined): Promise<void> {
    this.#input.end();
    const ending = this.#parts.control.end(this.record.session, code);
    await Promise.all([
      ending.catch((error: unknown) => this.#log.warn({ err: error }, 'control stream')),
      this.#stream?.close().catch((error: unknown) => this.#log.warn({ err: error }, 'media')),
    ]);
  }
}
