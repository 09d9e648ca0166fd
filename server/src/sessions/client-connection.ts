import crypto from 'node:crypto';

import type { Logger } from 'pino';

import type { Display } from '../displays/display.ts';
import type { DeviceLimits } from '../devices/limits.ts';
import type { Permissions } from '../devices/permissions.ts';
import { upToCodec } from '../gamestream/codec-modes.ts';
import type { FrameFecStatus } from '../gamestream/control/control-plane.ts';
import type { Handshake, LaunchRequest } from '../gamestream/launches.ts';
import type { Codec, StreamConfig } from '../gamestream/stream-config.ts';
import type { ExpectedPicture } from '../media/pictures.ts';
import type { ViewerListener } from '../media/viewer.ts';
import type { HdrMetadata } from '../native/hdr-metadata.ts';
import type { Endpoint, MediaPlane } from '../native/media-addon.ts';
import type { StageStatistics } from '../native/statistics.ts';
import type { StreamBounds } from './adaptation/adaptation.ts';
import type { StreamAdaptation } from './adaptation/stream-adaptation.ts';
import { withinLimits } from './limited-config.ts';
import type { SessionInput } from './session-input.ts';
import type { SessionParts } from './session-parts.ts';
import type { SessionView } from './sessions.ts';
import type { StreamParts } from './stream.ts';
import type { StreamEvents } from './stream-events.ts';
import { Stream } from './stream.ts';
import { ThreadClasses } from './thread-classes.ts';
import { launchMode, pictureOptions } from './viewer-request.ts';

type ConnectionParts = StreamParts &
  Pick<
    SessionParts,
    'control' | 'codecModes' | 'invalidation' | 'encoder' | 'likelyEncoders' | 'slowerThanAsked'
  >;

/** What a connection asks of its session, and tells it; nothing more once it is closed. */
export interface ConnectionOwner extends Pick<ViewerListener, 'restarted' | 'notice' | 'fault'> {
  /** the best codec that its app is to have */
  readonly appCodec: Codec | undefined;
  /** what its picture is like in HDR; absent: it is SDR */
  readonly hdr: HdrMetadata | undefined;
  /** RTSP went on. */
  progress(): void;
  /**
   * What its client may negotiate for.
   *
   * @throws Error with a sentence when the launch is over, or plays already
   */
  negotiate(): {
    readonly display: Display;
    readonly playOnHost: boolean;
    /** it may have sound */
    readonly hears: boolean;
    readonly limits: DeviceLimits | undefined;
  };
  /**
   * It plays from now on.
   *
   * @returns whether the stream follows what its client reports, from the first frame on
   */
  plays(): Pick<Permissions, 'adaptive'>;
  /** It is connected, or its picture runs: see `connected` and `viewing`. */
  advanced(): void;
  /** Its figures are new. */
  changed(): void;
}

const OVER = 'This launch is over; start the stream again.';

/**
 * All that a session has because of one /launch or /resume, and lets go of together: its fresh key and the secrets
 * by which its client's pings and control connection are known (protocol 1 §5.3), what RTSP negotiates, the place in
 * the control plane, the stream, and what its client and the media process report. It dies with the handshake's
 * failure, its control connection's end, or the next launch of the same device.
 */
export class ClientConnection implements Handshake {
  readonly launch: number;
  readonly request: LaunchRequest;
  readonly codecModes: number;
  readonly invalidation: boolean;
  readonly pingPayload = crypto.randomBytes(8).toString('hex').toUpperCase();
  readonly connectData: number;
  rtspSequence = 0;
  readonly #owner: ConnectionOwner;
  readonly #parts: ConnectionParts;
  readonly #input: SessionInput;
  readonly #happenings: StreamEvents;
  readonly #log: Logger;
  readonly #endpoints = new Map<MediaPlane, Endpoint>();
  #config: StreamConfig | undefined;
  /** from the launch until ANNOUNCE joins it */
  #expected: ExpectedPicture | undefined;
  #stream: Stream | undefined;
  #open = true;
  #connected = false;
  #viewing = false;
  #statistics: StageStatistics | undefined;
  #roundTrip: number | undefined;
  #closed: Promise<void> | undefined;

  /**
   * Tells the control plane whom to expect.
   *
   * @param launch a number never used before, by which the control plane and the media process know it
   * @param connectData u32, used by no other launch
   */
  constructor(
    launch: number,
    request: LaunchRequest,
    connectData: number,
    owner: ConnectionOwner,
    parts: ConnectionParts,
    input: SessionInput,
    happenings: StreamEvents,
    log: Logger,
  ) {
    this.launch = launch;
    this.request = request;
    this.connectData = connectData;
    const bounds = [request.device.limits?.codec, owner.appCodec];
    // HDR is worth what it costs the processor.
    const forHdr: readonly Codec[] = request.hdr && owner.hdr ? ['hevc', 'av1'] : [];
    const chosen = [...bounds.filter((codec) => codec !== undefined), ...forHdr];
    this.codecModes = bounds.reduce<number>(
      upToCodec,
      parts.codecModes(launchMode(request), chosen),
    );
    this.invalidation = parts.invalidation();
    this.#owner = owner;
    this.#parts = parts;
    this.#input = input;
    this.#happenings = happenings;
    this.#log = log;
    parts.control.expect({
      number: launch,
      key: request.key,
      connectData,
      pingPayload: this.pingPayload,
      address: request.remoteAddress,
      clientName: request.device.name,
      gamepads: input.gamepads(request),
    });
  }

  /** Opens the picture that it is going to play, while its client is on its way through RTSP. */
  openPicture(display: Display): void {
    const picture = pictureOptions(display, launchMode(this.request));
    this.#expected = this.#parts.pictures.expect(
      picture,
      display.descriptors && (() => display.descriptors!()),
      this.#parts.likelyEncoders.of(this.fingerprint, picture),
    );
  }

  /** The display has another source. */
  displayChanged(display: Display): void {
    const mode = this.#config?.video ?? launchMode(this.request);
    this.#expected?.change(pictureOptions(display, mode));
    this.#stream?.displayChanged();
  }

  // The handshake, as RTSP sees it.

  get fingerprint(): string {
    return this.request.device.fingerprint;
  }

  get remoteAddress(): string {
    return this.request.remoteAddress;
  }

  get localAddress(): string {
    return this.request.localAddress;
  }

  get key(): Buffer {
    return this.request.key;
  }

  get encrypted(): boolean {
    return this.request.encryptedRtsp;
  }

  get channels(): number {
    return this.request.channels;
  }

  get hdr(): HdrMetadata | undefined {
    return this.#owner.hdr;
  }

  get surroundParams(): string | undefined {
    return this.request.surroundParams;
  }

  progress(): void {
    if (this.#open) this.#owner.progress();
  }

  /** ANNOUNCE came: the picture is joined, so that its encoder is open when PLAY comes. */
  announce(asked: StreamConfig): void {
    const { display, playOnHost, hears, limits } = this.#negotiate();
    if (this.#stream) throw new Error('ANNOUNCE came twice.');
    const config = withinLimits(asked, limits);
    this.#config = config;
    this.#expected?.change(pictureOptions(display, config.video));
    try {
      this.#stream = new Stream(
        this.#parts,
        this,
        display,
        config,
        { playOnHost, hears },
        this.#endpoints,
        this.#listener(),
      );
    } finally {
      this.#expected?.close();
    }
    this.#owner.notice('pace', this.#parts.slowerThanAsked(config.video));
    this.#parts.likelyEncoders.remember(this.fingerprint, config.video, this.#stream.encoder);
    this.#parts.control.configure(this.launch, {
      v2: config.controlV2,
      honoursPingPayload: config.honoursPingPayload,
      sendsFecStatus: config.sendsFecStatus,
      input: this.#input.begin(this.launch, config.video),
    });
    this.#owner.changed();
  }

  /** RTSP cannot go on; its client says no more than that. */
  refuse(message: string): void {
    if (this.#open) this.#owner.fault(message);
  }

  play(): void {
    this.#negotiate();
    if (!this.#stream) throw new Error('PLAY came before ANNOUNCE.');
    this.#stream.play(this.#owner.plays(), this.#happenings, this.#log);
    this.#owner.advanced();
  }

  /** the control connection is there: RTSP is over */
  get connected(): boolean {
    return this.#connected;
  }

  /** the picture runs */
  get viewing(): boolean {
    return this.#viewing;
  }

  // What the control plane reports about it.

  clientConnected(): void {
    this.#connected = true;
    // Told once at the start (protocol 2 §B.5).
    const hdr = this.#config?.video.hdr;
    this.#parts.control.setHdrMode(this.launch, hdr !== undefined, hdr);
  }

  endpoint(plane: MediaPlane, endpoint: Endpoint): void {
    const before = this.#endpoints.get(plane);
    this.#endpoints.set(plane, endpoint);
    const { address, port } = endpoint;
    if (address !== before?.address || port !== before.port) {
      this.#happenings.pass({ kind: 'address', plane, address, port });
    }
    this.#stream?.endpointChanged(plane, endpoint);
    // A new port alone is a router's doing; the way there is the same.
    const elsewhere = before !== undefined && before.address !== endpoint.address;
    if (plane === 'video' && elsewhere) this.#hear((to, now) => to.moved(now));
  }

  keyframeRequested(): void {
    this.#happenings.pass({ kind: 'keyframe-requested' });
    this.#stream?.viewer.requestKeyframe(this.#roundTrip ?? 0);
    this.#hear((to, now) => to.keyframeRequested(now));
  }

  invalidationRequested(first: number, last: number): void {
    this.#happenings.pass({ kind: 'invalidation-requested', first, last });
    this.#stream?.viewer.invalidate(first, last);
    this.#hear((to, now) => to.invalidationRequested(first, last, now));
  }

  /** @param lost packets since the last report, which may be none */
  lossReported(lost: number, lastGoodFrame: number): void {
    if (lost > 0) this.#happenings.pass({ kind: 'loss-reported', packets: lost, lastGoodFrame });
    this.#hear((to, now) => to.lossStats(lost, lastGoodFrame, now));
  }

  blockReported(status: FrameFecStatus): void {
    this.#hear((to, now) => to.fecStatus(status, now));
  }

  /** Its owner permits it to follow what its client reports, or no longer. */
  adapt(on: boolean): void {
    this.#hear((to, now) => to.switch(on, now));
  }

  /**
   * Its owner bounds it, in place of what bounded it before.
   *
   * @returns false before it plays
   */
  bound(bounds: StreamBounds, reason: string): boolean {
    if (!this.#stream?.adaptation) return false;
    this.#hear((to, now) => to.bound(bounds, reason, now));
    return true;
  }

  roundTripMeasured(mean: number, steady: number): void {
    this.#roundTrip = mean;
    this.#hear((to, now) => to.roundTrip(steady, now));
  }

  /** the process that serves it at present */
  get mediaPid(): number | undefined {
    return this.#stream?.viewer.pid;
  }

  /** The part of its session's view that there is only because of it. */
  view(): Pick<
    SessionView,
    'config' | 'encoder' | 'statistics' | 'client' | 'adaptation' | 'roundTrip'
  > {
    const config = this.#config;
    const encoder = this.#statistics?.encoder ?? (config && this.#parts.encoder(config.video));
    const adaptation = this.#stream?.adaptation;
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

  /** Before there is a stream, nothing follows anything. */
  #hear(report: Parameters<StreamAdaptation['hear']>[0]): void {
    this.#stream?.adaptation?.hear(report);
  }

  #negotiate(): ReturnType<ConnectionOwner['negotiate']> {
    if (!this.#open) throw new Error(OVER);
    return this.#owner.negotiate();
  }

  #listener(): ViewerListener {
    const owner = this.#owner;
    const threads = new ThreadClasses(this.#log);
    const whileOpen =
      <Words extends unknown[]>(tell: (...words: Words) => void) =>
      (...words: Words): void => {
        if (this.#open) tell(...words);
      };
    return {
      viewing: whileOpen(() => {
        this.#viewing = true;
        owner.advanced();
      }),
      statistics: whileOpen((statistics) => {
        this.#statistics = statistics;
        this.#hear((to, now) => to.statistics(statistics, now));
        const { report: client, state: adaptation } = this.#stream?.adaptation ?? {};
        this.#happenings.measured({
          ...{ statistics, client, adaptation },
          roundTrip: this.#roundTrip,
        });
        owner.notice('threads', threads.seen(statistics.threads));
        owner.changed();
      }),
      sourceArea: whileOpen((area) => {
        this.#happenings.pass({ kind: 'mode', width: area.width, height: area.height });
        this.#input.moved(area);
      }),
      restarted: whileOpen((reason) => owner.restarted(reason)),
      notice: whileOpen((part, message) => owner.notice(part, message)),
      fault: whileOpen((message) => owner.fault(message)),
    };
  }

  async #letGo(code: number | undefined): Promise<void> {
    this.#input.end();
    this.#expected?.close();
    const ending = this.#parts.control.end(this.launch, code);
    await Promise.all([
      ending.catch((error: unknown) => this.#log.warn({ err: error }, 'control stream')),
      this.#stream?.close().catch((error: unknown) => this.#log.warn({ err: error }, 'media')),
    ]);
  }
}
