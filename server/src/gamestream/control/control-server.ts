import { EventEmitter } from 'node:events';

import type { Logger } from 'pino';

import type { HdrMetadata } from '../../native/hdr-metadata.ts';
import { GamepadSets } from '../../input/gamepad-sets.ts';
import type { DeviceAddon } from '../../input/pointer-keyboard.ts';
import type { MediaPlane } from '../../native/media-addon.ts';
import { Counters } from '../../telemetry/counters.ts';
import { ToldAtIntervals } from '../../telemetry/told-at-intervals.ts';
import { EnetHost } from '../enet/host.ts';
import type { HostPeer, HostPolicy, Path } from '../enet/host.ts';
import { monotonicMilliseconds, ServiceTimer } from '../enet/service-timer.ts';
import type {
  ControlPlane,
  ControlPlaneEvents,
  ControlPlaneOptions,
  ControlSettings,
  ExpectedClient,
  InputTarget,
} from './control-plane.ts';
import { ControlSession, PEER_SILENCE_LIMIT } from './control-session.ts';
import { ANY_LOCAL, LocalSockets, sourceAddressFor } from './local-sockets.ts';
import { decodeMediaPing } from './media-ping.ts';

export interface ControlServerOptions {
  readonly log: Logger;
  /** called when the first device is opened; may throw a sentence */
  readonly input: () => DeviceAddon;
}

/** 48 channels is what clients use (protocol 2 §B.1). */
const CHANNELS = 0x30;
const PEERS = 64;
/** Milliseconds between looks at silence and round trips. */
const TICK = 250;

/** The control plane itself, on the thread that makes it. {@link ControlPlane} tells what it does. */
export class ControlServer extends EventEmitter<ControlPlaneEvents> implements ControlPlane {
  readonly #options: ControlServerOptions;
  readonly #counters = new Counters();
  readonly #now = monotonicMilliseconds;
  readonly #sessions = new Map<number, ControlSession>();
  readonly #byPeer = new Map<HostPeer, ControlSession>();
  readonly #gamepads: GamepadSets;
  readonly #enet: EnetHost;
  readonly #timer: ServiceTimer;
  readonly #faults = new ToldAtIntervals((more) =>
    this.#options.log.error({ more }, 'more faults of the control plane in 10 s'),
  );
  #sockets: LocalSockets[] = [];
  #control: LocalSockets | undefined;
  #ports: ControlPlaneOptions | undefined;
  #tick: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #closed = false;

  constructor(options: ControlServerOptions) {
    super();
    this.#options = options;
    this.#gamepads = new GamepadSets(options.input);
    this.#enet = new EnetHost({
      now: this.#now,
      send: (datagram, path) => this.#control?.send(datagram, path),
      counters: this.#counters,
      onFault: (error) => this.#failed(error, 'a control connection failed'),
      channelLimit: CHANNELS,
      peerLimit: PEERS,
      peer: {
        timeouts: { limit: 32, minimum: PEER_SILENCE_LIMIT, maximum: PEER_SILENCE_LIMIT },
        doubting: true,
      },
      policy: this.#policy(),
    });
    this.#timer = new ServiceTimer(this.#enet, this.#now);
  }

  async open(options: ControlPlaneOptions): Promise<void> {
    this.#ports = options;
    const { log } = this.#options;
    const { addresses } = options;
    const common = { addresses, counters: this.#counters, log };
    const ping = (plane: MediaPlane) => (bytes: Buffer, path: Path) =>
      this.#guarded(() => this.#ping(plane, bytes, path));
    this.#control = new LocalSockets({
      ...common,
      purpose: 'control',
      port: options.controlPort,
      onDatagram: (bytes, path) => {
        this.#guarded(() => this.#enet.receive(bytes, path));
        this.#timer.arm();
      },
    });
    this.#sockets = [
      new LocalSockets({
        ...common,
        purpose: 'video',
        port: options.videoPort,
        onDatagram: ping('video'),
      }),
      this.#control,
      new LocalSockets({
        ...common,
        purpose: 'audio',
        port: options.audioPort,
        onDatagram: ping('audio'),
      }),
    ];
    try {
      for (const sockets of this.#sockets) await sockets.open();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Somebody is expected, or connected still. */
  get busy(): boolean {
    return this.#sessions.size > 0 || this.#byPeer.size > 0;
  }

  expect(launch: ExpectedClient): void {
    const known = this.#sessions.get(launch.number);
    if (known) void known.end();
    const { clientName, gamepads: wanted } = launch;
    const gamepads = this.#gamepads.of(wanted?.owner, clientName);
    if (wanted) gamepads.open(wanted.attached);
    this.#sessions.set(
      launch.number,
      new ControlSession({
        launch,
        input: this.#options.input,
        gamepads,
        now: this.#now,
        emit: (event, ...args) => this.#emit(event, args),
        moved: (plane, path) => void this.#moved(launch.number, plane, path),
        counters: this.#counters,
        log: this.#options.log,
      }),
    );
    if (this.#tick || this.#closed) return;
    this.#lookedAt = this.#now();
    this.#tick = setInterval(() => this.#lookAround(), TICK);
  }

  configure(launch: number, settings: ControlSettings): void {
    this.#sessions.get(launch)?.configure(settings);
  }

  aim(launch: number, target: InputTarget): void {
    this.#sessions.get(launch)?.aim(target);
  }

  async openGamepads(owner: number, clientName: string, attached: number): Promise<void> {
    this.#gamepads.of(owner, clientName).open(attached);
  }

  closeGamepads(owner: number): void {
    this.#gamepads.close(owner);
  }

  async end(launch: number, terminationCode?: number): Promise<void> {
    const known = this.#sessions.get(launch);
    if (!known) return;
    const ended = known.end(terminationCode);
    this.#timer.arm();
    await ended;
    if (this.#sessions.get(launch) === known) this.#sessions.delete(launch);
  }

  setHdrMode(launch: number, enabled: boolean, metadata?: HdrMetadata): void {
    this.#sessions.get(launch)?.setHdrMode(enabled, metadata);
    this.#timer.arm();
  }

  counters(): Promise<Readonly<Record<string, number>>> {
    return Promise.resolve(this.#counters.snapshot());
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#sessions.keys()].map((launch) => this.end(launch)));
    this.#gamepads.closeAll();
    clearInterval(this.#tick);
    this.#timer.close();
    await Promise.all(this.#sockets.map((sockets) => sockets.close()));
  }

  #policy(): HostPolicy {
    return {
      accept: (peer, request, path) => {
        const named = [...this.#sessions.values()].filter((one) => one.isNamedBy(request, path));
        // Two launches that only their address could tell apart: neither is guessed.
        if (named.length !== 1) return undefined;
        const listener = named[0]!.attach(peer);
        if (listener) this.#byPeer.set(peer, named[0]!);
        return listener;
      },
      authenticates: (peer, message) => this.#byPeer.get(peer)?.proves(message) ?? false,
    };
  }

  #ping(plane: MediaPlane, bytes: Buffer, path: Path): void {
    const ping = decodeMediaPing(bytes);
    if (!ping) {
      this.#counters.add('ping-malformed');
      return;
    }
    const meant = [...this.#sessions.values()].filter((session) =>
      session.over
        ? false
        : ping.kind === 'payload'
          ? session.launch.pingPayload === ping.payload
          : session.endpoints.awaitsLegacy(plane, path.address),
    );
    if (meant.length !== 1) {
      this.#counters.add(meant.length === 0 ? 'ping-unknown' : 'ping-ambiguous');
      return;
    }
    this.#counters.add('pings');
    const { endpoints } = meant[0]!;
    const before = endpoints.contested;
    endpoints.ping(plane, ping.kind, path, this.#now());
    if (endpoints.contested > before) this.#counters.add('ping-contested');
  }

  async #moved(launch: number, plane: MediaPlane, path: Path): Promise<void> {
    const { videoPort, audioPort } = this.#ports!;
    let localAddress = path.local;
    try {
      if (localAddress === ANY_LOCAL) localAddress = await sourceAddressFor(path.address);
    } catch (error) {
      this.#options.log.warn(
        { err: error, launch, plane },
        'a ping came from where no route leads',
      );
      return;
    }
    this.#emit('endpoint', [
      launch,
      plane,
      {
        address: path.address,
        port: path.port,
        localAddress,
        localPort: plane === 'video' ? videoPort : audioPort,
      },
    ]);
  }

  #lookAround(): void {
    const now = this.#now();
    const stoodStill = now - this.#lookedAt > TICK * 2;
    this.#lookedAt = now;
    if (stoodStill) {
      // What clients sent meanwhile is not read yet: nobody is judged by this thread's own silence.
      this.#counters.add('own-stall');
      return;
    }
    for (const session of this.#sessions.values()) this.#guarded(() => session.tick());
    for (const peer of this.#byPeer.keys()) {
      if (peer.state === 'disconnected') this.#byPeer.delete(peer);
    }
    this.#timer.arm();
    if (this.busy) return;
    // A host that waits sleeps.
    clearInterval(this.#tick);
    this.#tick = undefined;
  }

  /** What a stranger can send must not stop the thread that every client depends on. */
  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#counters.add('control-fault');
      this.#failed(error, 'the control plane could not handle something');
    }
  }

  #failed(error: unknown, what: string): void {
    this.#faults.tell(() => this.#options.log.error({ err: error }, what));
  }

  /** A listener's own fault must not stop the thread that every client depends on. */
  #emit<K extends keyof ControlPlaneEvents>(event: K, args: ControlPlaneEvents[K]): void {
    try {
      (this as EventEmitter).emit(event, ...args);
    } catch (error) {
      this.#options.log.error({ err: error, event }, 'a listener of the control plane failed');
    }
    this.#timer.arm();
  }
}
