import type { Logger } from 'pino';

import type { Device } from '../devices/devices.ts';
import { PERMISSION_NAMES, permissionRefusal } from '../devices/permissions.ts';
import type { Permissions } from '../devices/permissions.ts';
import { isHostAction, isOfDesktop } from '../displays/display.ts';
import type { DisconnectReason } from '../gamestream/control/control-plane.ts';
import type { LaunchRequest } from '../gamestream/launches.ts';
import { AnswerDeadline } from '../telemetry/answer-deadline.ts';
import type { AppRun } from './app-run.ts';
import type { ConnectionOwner } from './client-connection.ts';
import { ClientConnection } from './client-connection.ts';
import { ENCODING_FAILED, terminationCode } from './end-codes.ts';
import { SessionInput } from './session-input.ts';
import type { CaredStream } from '../user-session/stream-care.ts';
import type { SessionParts } from './session-parts.ts';
import type { EndReason, SessionState, SessionView } from './sessions.ts';
import { StreamEvents } from './stream-events.ts';
import { streamRefusal } from './stream-permission.ts';

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
 * end goes through `close`. A resume brings a new connection into the same session.
 */
export class Session implements ConnectionOwner {
  readonly id: number;
  readonly device: Device;
  readonly run: AppRun;
  readonly startedAt = Date.now();
  /** everything that happens in it passes here */
  readonly happenings = new StreamEvents();
  readonly #parts: SessionParts;
  readonly #events: SessionEvents;
  readonly #log: Logger;
  /** by part; one that is over is gone */
  readonly #notices = new Map<string, string>();
  readonly #input: SessionInput;
  readonly #onDisplay: () => void;
  readonly #onAway: (reason: string) => void;
  readonly #onBack: () => void;
  /** the request that is on its way through launch or resume */
  #pending: LaunchRequest | undefined;
  #state: SessionState = 'launching';
  #connection: ClientConnection | undefined;
  readonly #progress = new AnswerDeadline(() => {
    this.#log.info({ state: this.#state }, 'no progress for 10 s');
    if (this.#everConnected) this.#pause(undefined);
    else void this.close('client-left');
  });
  /** as of the last look */
  #permitted: Permissions;
  #everConnected = false;
  #everStreamed = false;
  #playOnHost = false;
  #address: string;
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
    this.#permitted = this.#knownDevice;
    this.#events = events;
    this.#log = parts.log.child({ session: id, device: request.device.name });
    this.#pending = request;
    this.#address = request.remoteAddress;
    this.#onDisplay = () => {
      this.#input.displayChanged();
      this.#connection?.displayChanged(this.run.display);
    };
    this.#onAway = (reason) => this.notice('display', reason);
    this.#onBack = () => this.notice('display', undefined);
    this.#input = new SessionInput(parts.control, id, run, this.#knownDevice, this.#log);
    parts.observe?.(this);
  }

  get state(): SessionState {
    return this.#state;
  }

  /** its client has been connected: leaving pauses it instead of ending it */
  get established(): boolean {
    return this.#everConnected;
  }

  /** the launch that RTSP may still see */
  get handshake(): ClientConnection | undefined {
    const open = this.#state === 'handshake' || this.#state === 'starting';
    return open && this.#connection?.connected === false ? this.#connection : undefined;
  }

  /** of its present launch; absent while it is paused or its app starts */
  get connection(): ClientConnection | undefined {
    return this.#connection;
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
   * Gives the session its connection, which its client may now make. A former one of this device is ended at
   * once, however alive it looks.
   *
   * @param number never used before
   * @param connectData u32, used by no other launch
   */
  attach(request: LaunchRequest, number: number, connectData: number): void {
    void this.#leave(terminationCode('replaced'));
    const { display } = this.run;
    display.on('changed', this.#onDisplay);
    display.on('away', this.#onAway);
    display.on('back', this.#onBack);
    this.#pending = undefined;
    this.#address = request.remoteAddress;
    this.#playOnHost = request.playOnHost ?? this.#playOnHost;
    this.#notices.clear();
    if (display.away !== undefined) this.notice('display', display.away);
    this.#connection = new ClientConnection(
      number,
      request,
      connectData,
      this,
      this.#parts,
      this.#input,
      this.happenings,
      this.#log,
    );
    this.#connection.openPicture(this.run.display);
    this.#enter('handshake');
    this.#awaitProgress();
  }

  // What its present connection asks and tells.

  get appCodec(): ConnectionOwner['appCodec'] {
    const { app } = this.run;
    // The owner may have changed it while it runs.
    return (this.#parts.apps.byId(app.id) ?? app).codec;
  }

  get hdr(): ConnectionOwner['hdr'] {
    return this.run.display.hdr;
  }

  progress(): void {
    if (this.#progress.running) this.#awaitProgress();
  }

  negotiate(): ReturnType<ConnectionOwner['negotiate']> {
    if (this.#state !== 'handshake') throw new Error('This stream plays already.');
    const { limits, hear } = this.#knownDevice;
    return { display: this.run.display, playOnHost: this.#playOnHost, hears: hear, limits };
  }

  plays(): Pick<Permissions, 'adaptive'> {
    this.#enter('starting');
    this.#awaitProgress();
    return this.#knownDevice;
  }

  /** Streaming begins when the client is connected and the picture runs, in whichever order. */
  advanced(): void {
    const connection = this.#connection;
    if (this.#state !== 'starting' || !connection?.connected) return;
    this.#progress.clear();
    if (!connection.viewing) return;
    this.#everStreamed = true;
    this.#enter('streaming');
    this.run.display.watched?.();
  }

  changed(): void {
    this.#events.changed();
  }

  restarted(reason: string): void {
    this.#mediaRestarts += 1;
    this.happenings.pass({ kind: 'media-restarted', reason });
    this.#report(`The media process was replaced, and the stream went on: ${reason}`);
    this.#events.changed();
  }

  // What the control plane reports about the present launch.

  /** Something went down on the device, while its input goes nowhere else. */
  pressed(): void {
    this.run.display.pressed?.();
  }

  connected(address: string): void {
    const connection = this.#connection;
    if (!connection || this.#state === 'ended' || this.#state === 'paused') return;
    connection.clientConnected();
    this.#everConnected = true;
    this.#address = address;
    this.advanced();
    this.#events.changed();
  }

  disconnected(reason: DisconnectReason): void {
    if (reason === 'ended-by-host' || !this.#connection) return;
    this.#log.info({ reason }, 'client left');
    if (this.#everConnected) this.#pause(undefined);
    else void this.close('client-left');
  }

  /** Something that the owner should know, the stream goes on; without a message it is over. */
  notice(part: string, message: string | undefined): void {
    if (part === 'source' && message !== undefined) this.run.display.lost?.();
    if (this.#notices.get(part) === message) return;
    if (message === undefined) this.#notices.delete(part);
    else this.#notices.set(part, message);
    this.happenings.pass({ kind: 'notice', part, message });
    this.#events.changed();
  }

  /** The owner changed what its device may do. */
  permit(device: Device): void {
    for (const name of PERMISSION_NAMES) {
      if (device[name] === this.#permitted[name]) continue;
      this.happenings.pass({ kind: 'permission', name, allowed: device[name] });
    }
    const silenced = this.#permitted.hear && !device.hear;
    this.#permitted = device;
    this.#connection?.adapt(device.adaptive);
    if (this.#input.permit(device)) this.#events.changed();
    // Sound is chosen when a stream begins: the next one is silent.
    if (silenced) this.#leaveFor(permissionRefusal('hear'));
    this.enforceTime();
  }

  /** It is not its device's time any more, or the owner took the picture from it: what it runs goes on without it. */
  enforceTime(): void {
    const refusal = streamRefusal(this.#knownDevice);
    if (refusal !== undefined) this.#leaveFor(refusal);
  }

  #leaveFor(reason: string): void {
    if (this.#state === 'paused' || this.#state === 'ended') return;
    this.#log.info({ reason }, 'the device may not stream any more');
    if (!this.#everConnected) {
      void this.close('revoked');
      return;
    }
    this.#pause(terminationCode('revoked'));
    this.notice('permission', reason);
  }

  /** The stream cannot go on. What has been streaming can be resumed; what never came is over. */
  fault(message: string): void {
    this.#log.error({ reason: message }, 'stream ended by a fault');
    this.happenings.pass({ kind: 'fault', message });
    this.#report(message);
    if (!this.#everStreamed) {
      void this.close('fault');
      return;
    }
    this.#pause(ENCODING_FAILED);
    this.notice('stream', message);
  }

  view(): SessionView {
    const { app } = this.run;
    const { fingerprint, name } = this.#knownDevice;
    const { notice } = this.#input;
    return {
      id: this.id,
      state: this.#state,
      device: { fingerprint, name },
      app: { id: app.id, title: app.title },
      address: this.#address,
      startedAt: this.startedAt,
      ...(this.run.isStarted && { source: this.run.display.source.kind }),
      ...this.#connection?.view(),
      mediaRestarts: this.#mediaRestarts,
      events: this.happenings.recent(),
      notices: [...(notice === undefined ? [] : [notice]), ...this.#notices.values()],
    };
  }

  /** As the care for the user's session sees it. */
  cared(): CaredStream {
    const { source } = this.run.app;
    const { unlock, input } = this.#knownDevice;
    return {
      number: this.#connection?.launch ?? 0,
      // A card that counts down to sleep keeps nothing awake.
      streaming: this.#state === 'streaming' && !isHostAction(source),
      ofDesktop: isOfDesktop(source),
      // Who may only watch opens nothing; and the connection proves that it has the launch's key.
      mayUnlock: unlock && input && this.#connection?.connected === true,
      tell: (notice) => this.notice('lock', notice),
    };
  }

  /** The one door out. May be called from any state and twice; the first reason counts. */
  close(reason: EndReason): Promise<void> {
    if (!this.#closed) {
      this.#log.info({ reason }, 'session ended');
      this.#pending = undefined;
      this.#closed = this.#leave(terminationCode(reason));
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

  #pause(code: number | undefined): void {
    if (this.#state === 'ended' || this.#state === 'paused') return;
    void this.#leave(code);
    // A resume on its way goes on; its connection is next.
    this.#enter(this.#pending ? 'launching' : 'paused');
  }

  #awaitProgress(): void {
    this.#progress.set(PROGRESS_LIMIT);
  }

  /** Lets go of client, picture, sound and key. Never rejects. */
  async #leave(code: number | undefined): Promise<void> {
    this.#progress.clear();
    const connection = this.#connection;
    this.#connection = undefined;
    if (!connection) return;
    const { display } = this.run;
    display.off('changed', this.#onDisplay);
    display.off('away', this.#onAway);
    display.off('back', this.#onBack);
    display.left?.();
    await connection.close(code);
  }

  #enter(state: SessionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#log.info({ state }, 'session state');
    this.happenings.pass({ kind: 'state', state });
    this.#events.changed();
  }
}
