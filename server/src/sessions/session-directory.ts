import { randomInt } from 'node:crypto';
import { EventEmitter, once } from 'node:events';

import type { App } from '../apps/apps.ts';
import type { Device, Fingerprint } from '../devices/devices.ts';
import { isHostAction } from '../displays/display.ts';
import { AppRun, appFor, exclusive, isOpenTo } from './app-run.ts';
import { followControl } from './control-events.ts';
import type { SessionParts } from './session-parts.ts';
import type { CaredStream } from '../user-session/stream-care.ts';
import { openGamepads } from './session-input.ts';
import { Session } from './session.ts';
import type { AppLeftRunning, Handshake, LaunchRequest } from '../gamestream/launches.ts';
import { urlHost, withoutZone } from '../network/address.ts';
import type { StreamBounds } from './adaptation/adaptation.ts';
import type { EndReason, Sessions, SessionView } from './sessions.ts';
import { LaunchRefused } from '../gamestream/launches.ts';
import { hostStops, keyUsed, over, stillRunning, toldWhenRefused } from './launch-refusals.ts';
import { launchRefusal, streamRefusal } from './stream-permission.ts';
import { displayMode } from './display-mode.ts';

/** milliseconds: clients give /cancel 30 s (protocol 1 §5.1); an app and its undo commands may take longer */
const CANCEL_LIMIT = 20_000;
/**
 * milliseconds for which a process waits warm after a paired device looked at the host. Clients poll every two or three
 * seconds while their window is open; cold, the process is most of what a person waits for.
 */
const LOOKING = 180_000;
/** milliseconds between looks whether it is still everybody's time */
const TIME_LOOK = 500;
/** milliseconds that a second unencrypted launch from one address waits for the first (security: UDP) */
const PLAIN_TURN_LIMIT = 10_000;

/**
 * All sessions and the apps they watch. One session per device; who launched an app owns it, others who launch
 * or resume the same app join its picture.
 */
export class SessionDirectory implements Sessions {
  readonly #parts: SessionParts;
  readonly #sessions = new Map<number, Session>();
  readonly #runs = new Set<AppRun>();
  /** ends under way, by what must not run twice */
  readonly #stopping = new Map<string, Promise<void>>();
  readonly #events = new EventEmitter<{ changed: [] }>();
  readonly #onRevoked: (fingerprint: Fingerprint) => void;
  readonly #onDevice: (device: Device) => void;
  /** only while somebody streams: a host that waits sleeps */
  #clock: NodeJS.Timeout | undefined;
  #lastId = 0;
  #lastNumber = 0;
  #closed = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#events.setMaxListeners(0);
    this.#onRevoked = (fingerprint) => void this.#of(fingerprint)?.close('revoked');
    parts.devices.on('revoked', this.#onRevoked);
    this.#onDevice = (device) => this.#of(device.fingerprint)?.permit(device);
    parts.devices.on('changed', this.#onDevice);
    followControl(parts.control, () => this.#all());
  }

  currentGame(fingerprint: Fingerprint | undefined): number {
    const run = fingerprint === undefined ? undefined : this.#of(fingerprint)?.run;
    return run ? this.#gameId(run) : 0;
  }

  anticipate(): void {
    // Beside a stream it would be 30 MB that its game could have.
    if (!this.#closed && this.#sessions.size === 0) this.#parts.pictures.prepare(LOOKING);
  }

  launch(request: LaunchRequest, app: App): Promise<string> {
    return toldWhenRefused(this.#parts, request, () => this.#launch(request, app));
  }

  resume(request: LaunchRequest, gameId: number | undefined): Promise<string> {
    return toldWhenRefused(this.#parts, request, () => this.#resume(request, gameId));
  }

  async #launch(request: LaunchRequest, app: App): Promise<string> {
    await this.#admit(request);
    return this.#inTurn(request, () => {
      const own = this.#of(request.device.fingerprint);
      if (own && own.run.app.id === app.id) return this.#attach(own, request);
      if (own?.established) throw stillRunning(own);
      void own?.close('replaced');
      const device = this.#known(request.device);
      const wanted = appFor(app, device);
      const run = [...this.#runs].find(
        (one) =>
          one.app.id === app.id && one.app.source === wanted.source && isOpenTo(one, request),
      );
      const refusal = launchRefusal(device, wanted, run === undefined);
      if (refusal !== undefined) throw new LaunchRefused(403, refusal);
      const id = this.#freshId();
      return this.#attach(
        this.#open(id, request, run ?? this.#start(id, request, wanted)),
        request,
      );
    });
  }

  async #resume(request: LaunchRequest, gameId: number | undefined): Promise<string> {
    await this.#admit(request);
    return this.#inTurn(request, () => {
      const wanted = (run: AppRun): boolean => gameId === undefined || this.#gameId(run) === gameId;
      const own = this.#of(request.device.fingerprint);
      if (own && !wanted(own.run)) throw stillRunning(own);
      if (own) return this.#attach(own, request);
      const run = [...this.#runs].reverse().find((one) => wanted(one) && isOpenTo(one, request));
      if (!run) throw new LaunchRefused(503, 'No app is running that could be resumed.');
      return this.#attach(this.#open(this.#freshId(), request, run), request);
    });
  }

  async cancel(fingerprint: Fingerprint): Promise<AppLeftRunning | undefined> {
    const session = this.#of(fingerprint);
    if (!session) return undefined;
    const { run } = session;
    const owner = run.owner === fingerprint ? undefined : this.#of(run.owner);
    const left = owner?.state === 'paused' && owner.run === run ? owner : undefined;
    const finished = this.#finish(session, 'client-quit');
    const { endApps, limits } = this.#known(session.device);
    // A guest that quits was here; what it is told next time says so.
    if (limits?.untilQuit) {
      void this.#parts.devices
        .limit(fingerprint, { ...limits, untilQuit: undefined, expiresAt: Date.now() })
        .catch((error: unknown) => this.#parts.log.error({ err: error }, 'a guest stays'));
    }
    if (left && endApps) this.#endRun(run, 'app-ended');
    // The session is over at once; what is left of its app goes on ending, and a new launch waits for it.
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CANCEL_LIMIT);
    });
    await Promise.race([finished, limit]).finally(() => clearTimeout(timer));
    return left && !endApps ? { title: run.app.title, owner: left.view().device.name } : undefined;
  }

  handshakes(remoteAddress: string): readonly Handshake[] {
    return this.#all()
      .flatMap((session) => session.handshake ?? [])
      .filter((handshake) => handshake.remoteAddress === remoteAddress)
      .sort((a, b) => b.launch - a.launch);
  }

  /** As the care for the user's session sees them. */
  cared(): readonly CaredStream[] {
    return this.#all().map((session) => session.cared());
  }

  list(): readonly SessionView[] {
    return this.#all().map((session) => session.view());
  }

  /** The process that serves a session at present; for tests and the log. */
  mediaPid(id: number): number | undefined {
    return this.#sessions.get(id)?.connection?.mediaPid;
  }

  bound(id: number, bounds: StreamBounds, reason: string): boolean {
    return this.#sessions.get(id)?.connection?.bound(bounds, reason) ?? false;
  }

  async end(id: number, reason: EndReason): Promise<void> {
    const session = this.#sessions.get(id);
    if (session) await this.#finish(session, reason);
  }

  async endAll(reason: EndReason): Promise<void> {
    const sessions = this.#all();
    await Promise.all(sessions.map((session) => this.#finish(session, reason)));
    await Promise.all(this.#stopping.values());
  }

  /** titles of the apps that run; what the host itself does is none */
  running(): readonly string[] {
    return this.#apps().map(({ app }) => app.title);
  }

  /** Ends every app, whoever watches it. */
  endApps(): void {
    for (const run of this.#apps()) this.#endRun(run, 'app-ended');
  }

  /** Ends everything and takes no launches any more. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#parts.devices.off('revoked', this.#onRevoked);
    this.#parts.devices.off('changed', this.#onDevice);
    await this.endAll('host-stops');
  }

  on(event: 'changed', listener: () => void): void {
    this.#events.on(event, listener);
  }

  off(event: 'changed', listener: () => void): void {
    this.#events.off(event, listener);
  }

  /** As its owner has it now. */
  #known(device: Device): Device {
    return this.#parts.devices.find(device.fingerprint) ?? device;
  }

  #all(): Session[] {
    return [...this.#sessions.values()];
  }

  #apps(): AppRun[] {
    return [...this.#runs].filter(({ app }) => !isHostAction(app.source));
  }

  #of(fingerprint: Fingerprint): Session | undefined {
    return this.#all().find((one) => one.device.fingerprint === fingerprint);
  }

  /** An app whose title or art changed while it runs has a new id in the client's list. */
  #gameId(run: AppRun): number {
    return this.#parts.apps.byId(run.app.id)?.gameId ?? run.app.gameId;
  }

  async #admit(request: LaunchRequest): Promise<void> {
    if (this.#closed) throw hostStops();
    const refusal = streamRefusal(this.#known(request.device));
    if (refusal !== undefined) throw new LaunchRefused(403, refusal);
    try {
      await this.#parts.encodersKnown();
    } catch (error) {
      throw new LaunchRefused(503, (error as Error).message);
    }
    if (!this.#parts.keys.isFresh(request.key)) throw keyUsed();
    // Starts while the client is still on its way through RTSP.
    this.#parts.pictures.prepare();
  }

  /**
   * Unencrypted RTSP is matched by its source address, so only one such launch per address may be under way.
   * The same device takes its own place over; another one waits.
   *
   * @param proceed runs in the same turn of the event loop as the last look, so that two cannot slip in
   */
  async #inTurn(request: LaunchRequest, proceed: () => Promise<string>): Promise<string> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), PLAIN_TURN_LIMIT);
    try {
      while (this.#plainTurnTaken(request)) {
        await once(this.#events, 'changed', { signal: limit.signal });
      }
    } catch {
      throw new LaunchRefused(
        503,
        'Another device at this address is just starting a stream; try again in a few seconds.',
      );
    } finally {
      clearTimeout(timer);
    }
    if (this.#closed) throw hostStops();
    // It may have been switched off while it waited.
    if (!this.#parts.devices.find(request.device.fingerprint)?.enabled) {
      throw new LaunchRefused(403, 'This device may not stream any more.');
    }
    return proceed();
  }

  #plainTurnTaken({ device, encryptedRtsp, remoteAddress }: LaunchRequest): boolean {
    if (encryptedRtsp) return false;
    return this.#all().some(
      (session) =>
        session.device.fingerprint !== device.fingerprint &&
        session.holdsPlainHandshake(remoteAddress),
    );
  }

  #freshId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #start(id: number, request: LaunchRequest, app: App): AppRun {
    const { runner, displays } = this.#parts;
    const { device } = request;
    const { fps, ...mode } = displayMode(request, this.#known(device).limits);
    const run = new AppRun(
      app,
      {
        kind: app.source,
        ...mode,
        device: device.fingerprint,
        deviceName: device.name,
        channels: request.channels,
        hasCommand: app.command !== undefined,
      },
      { width: mode.width, height: mode.height, fps, clientName: device.name },
      {
        runner,
        displays,
        after: Promise.resolve(this.#stopping.get(exclusive(app, device))),
        onDisplay: (display) => openGamepads(this.#parts, id, request, display),
        onEnded: () => this.#appEnded(run),
      },
    );
    this.#runs.add(run);
    return run;
  }

  #open(id: number, request: LaunchRequest, run: AppRun): Session {
    const session = new Session(id, request, run, this.#parts, {
      changed: () => this.#events.emit('changed'),
      ended: (ended, reason) => this.#sessionEnded(ended, reason),
    });
    this.#sessions.set(session.id, session);
    run.sessions.add(session);
    this.#clock ??= setInterval(() => {
      for (const one of this.#all()) one.enforceTime();
    }, TIME_LOOK).unref();
    this.#events.emit('changed');
    return session;
  }

  /** Waits for the app, then hands the launch to RTSP. */
  async #attach(session: Session, request: LaunchRequest): Promise<string> {
    session.begin(request);
    const { run } = session;
    try {
      if (run.isStarted) await run.display.refresh();
      else await run.started;
    } catch (error) {
      const cancelled = !session.awaits(request);
      void session.close('fault');
      if (cancelled) throw over(session);
      throw new LaunchRefused(503, (error as Error).message);
    }
    if (!session.awaits(request)) throw over(session);
    // After everything that may refuse, so that a refused launch burns no key; from here on RTSP may seal with it.
    const stored = this.#parts.keys.use(request.key);
    if (!stored) {
      if (!session.established) void session.close('replaced');
      throw keyUsed();
    }
    this.#lastNumber += 1;
    session.attach(request, this.#lastNumber, this.#freshConnectData());
    await stored;
    const { localAddress, encryptedRtsp } = request;
    const host = urlHost(withoutZone(localAddress));
    return `${encryptedRtsp ? 'rtspenc' : 'rtsp'}://${host}:${this.#parts.ports.rtsp}`;
  }

  #freshConnectData(): number {
    for (;;) {
      const data = randomInt(1, 0x1_0000_0000);
      if (!this.#all().some((session) => session.connection?.connectData === data)) return data;
    }
  }

  /** Closes a session and waits until its app, when it is over with it, has ended too. */
  async #finish(session: Session, reason: EndReason): Promise<void> {
    const { run } = session;
    await session.close(reason);
    if (run.stopping) await run.stop();
  }

  #sessionEnded(session: Session, reason: EndReason): void {
    const { run } = session;
    this.#sessions.delete(session.id);
    run.sessions.delete(session);
    if (this.#sessions.size === 0) {
      clearInterval(this.#clock);
      this.#clock = undefined;
    }
    if (run.owner === session.device.fingerprint || run.sessions.size === 0) {
      const [next] = run.sessions;
      // Who launched it never got a picture, and did not quit either; others watch it already.
      if (next && ['client-left', 'replaced', 'fault'].includes(reason)) {
        run.owner = next.device.fingerprint;
      } else {
        this.#endRun(run, reason === 'host-stops' ? reason : 'app-ended');
      }
    }
    this.#events.emit('changed');
  }

  #appEnded(run: AppRun): void {
    this.#parts.log.info({ app: run.app.id }, 'app ended');
    this.#endRun(run, 'app-ended');
  }

  #endRun(run: AppRun, reason: EndReason): void {
    if (!this.#runs.delete(run)) return;
    const id = exclusive(run.app, { fingerprint: run.launcher });
    // A later run of the same app may be stopping by then; only this one's entry is removed.
    const stopped: Promise<void> = run.stop().then(() => {
      if (this.#stopping.get(id) === stopped) this.#stopping.delete(id);
    });
    this.#stopping.set(id, stopped);
    for (const session of [...run.sessions]) void session.close(reason);
  }
}
