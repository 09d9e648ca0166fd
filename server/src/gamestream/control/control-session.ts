import type { Logger } from 'pino';

import type { HdrMetadata } from '../../native/hdr-metadata.ts';
import type { Gamepads } from '../../input/gamepads.ts';
import { InputSession } from '../../input/input-session.ts';
import type { DeviceAddon } from '../../input/pointer-keyboard.ts';
import type { MediaPlane } from '../../native/media-addon.ts';
import type { Counters } from '../../telemetry/counters.ts';
import type { CommandOf } from '../enet/command.ts';
import type { HostPeer, Path } from '../enet/host.ts';
import type { PeerEnd, PeerListener } from '../enet/peer-options.ts';
import { decodeClientMessage } from './client-message.ts';
import type { ClientMessage } from './client-message.ts';
import type {
  ControlPlaneEvents,
  ControlSettings,
  DisconnectReason,
  ExpectedClient,
  InputTarget,
} from './control-plane.ts';
import { encodeHostMessage } from './host-message.ts';
import type { HostMessage } from './host-message.ts';
import { MediaEndpoints } from './media-endpoints.ts';
import { openMessage, sealMessage } from './message-cipher.ts';
import type { OpenedMessage } from './message-cipher.ts';
import { ReplayWindow } from './replay-window.ts';

export interface ControlSessionOptions {
  readonly launch: ExpectedClient;
  readonly input: () => DeviceAddon;
  readonly gamepads: Gamepads;
  /** whole milliseconds, never going back */
  readonly now: () => number;
  readonly emit: <K extends keyof ControlPlaneEvents>(
    event: K,
    ...args: ControlPlaneEvents[K]
  ) => void;
  /** a plane's destination, by the path of the ping that told it */
  readonly moved: (plane: MediaPlane, path: Path) => void;
  readonly counters: Counters;
  readonly log: Logger;
}

/** All host messages go on this channel (protocol 2 §B.1). */
const GENERIC_CHANNEL = 0;
/** Connections of one launch that are not authenticated yet. */
const CANDIDATES = 4;
/** Milliseconds without a datagram after which a client is gone (protocol 2 §B.7). */
export const PEER_SILENCE_LIMIT = 10_000;
/**
 * Milliseconds without a datagram after which nothing stays held: a client that lives pings ten times a second,
 * and a key that is down would repeat until the end.
 */
const HELD_SILENCE_LIMIT = 2500;
/** Milliseconds for the client to acknowledge its termination (protocol 2 §A.6). */
const FAREWELL = 1000;
const ROUND_TRIP_INTERVAL = 1000;
/** A key is given up before its counter would start again. */
const LAST_SEQUENCE = 0xffffffff;

/**
 * One launch on the control plane, from its announcement to its end. Its key serves one control connection:
 * of those that may try, the first whose message opens with the key is the client, and no other follows.
 */
export class ControlSession {
  readonly launch: ExpectedClient;
  readonly endpoints: MediaEndpoints;
  readonly #options: ControlSessionOptions;
  readonly #replay = new ReplayWindow();
  readonly #candidates = new Map<HostPeer, number>();
  #settings: ControlSettings | undefined;
  #peer: HostPeer | undefined;
  /** nothing is held any more, because the client has fallen silent */
  #released = false;
  #input: InputSession | undefined;
  /** what was opened last, until it is delivered */
  #opened: { readonly packet: Uint8Array; readonly message: OpenedMessage } | undefined;
  #sequence = 0;
  #hdr: HostMessage | undefined;
  #roundTripAt = 0;
  #ending: Promise<void> | undefined;
  #farewellOver: (() => void) | undefined;
  #over = false;

  constructor(options: ControlSessionOptions) {
    this.#options = options;
    this.launch = options.launch;
    this.endpoints = new MediaEndpoints(options.launch.address, options.moved);
    // Its pings must not be confused with those of an old client at the same address.
    if (this.launch.mediaOnly) this.endpoints.setLegacy(false, options.now());
  }

  /** Nothing more comes from this session; its launch may be forgotten. */
  get over(): boolean {
    return this.#over;
  }

  configure(settings: ControlSettings): void {
    this.#settings = settings;
    this.endpoints.setLegacy(!settings.honoursPingPayload, this.#options.now());
  }

  aim(input: InputTarget): void {
    if (this.#settings) this.#settings = { ...this.#settings, input };
    this.#input?.aim(input);
  }

  /** Whether a CONNECT names this launch: by its data, or by its address when the client knows no data. */
  isNamedBy(request: CommandOf<'connect'>, path: Path): boolean {
    if (this.#over || this.#ending || this.#peer || !this.#settings) return false;
    return this.#settings.honoursPingPayload
      ? request.data === this.launch.connectData
      : request.data === 0 && path.address === this.launch.address;
  }

  /** @returns undefined when too many try at once */
  attach(peer: HostPeer): PeerListener | undefined {
    if (this.#candidates.size >= CANDIDATES && !this.#makeRoomFor(peer)) return undefined;
    this.#candidates.set(peer, this.#options.now());
    return {
      admits: (data) => this.#admits(data),
      message: (_channel, data) => this.#receive(peer, data),
      disconnected: (end) => this.#disconnected(peer, end),
      drained: () => peer === this.#peer && this.#farewellOver?.(),
    };
  }

  /**
   * Whether a message was sealed by this client and never seen before; changes nothing. Clients of the older kind
   * cannot prove that: eight bits of the counter are all that their seal covers (protocol 2 §B.2).
   */
  proves(packet: Uint8Array): boolean {
    const message = this.#settings?.v2 && openMessage(this.#seal(), 'client', packet);
    return message ? this.#replay.isFresh(message.sequence) : false;
  }

  /**
   * Whether a message is this client's, and new. What is forged, or sent again under another number of ENet's, would
   * else take the place of what the client sends next.
   */
  #admits(packet: Uint8Array): boolean {
    const message = openMessage(this.#seal(), 'client', packet);
    if (!message) this.#options.counters.add('control-undecryptable');
    else if (!this.#replay.isFresh(message.sequence))
      this.#options.counters.add('control-repeated');
    else {
      this.#opened = { packet, message };
      return true;
    }
    return false;
  }

  /** Sends a message when the client is there. */
  send(message: HostMessage): void {
    if (!this.#peer || this.#over) return;
    if (this.#sequence > LAST_SEQUENCE) {
      this.#options.counters.add('control-key-exhausted');
      return;
    }
    const sequence = this.#sequence;
    this.#sequence += 1;
    const sealed = sealMessage(this.#seal(), 'host', sequence, encodeHostMessage(message));
    this.#peer.sendReliable(GENERIC_CHANNEL, sealed);
  }

  /** Told again when the client connects later. */
  setHdrMode(enabled: boolean, metadata?: HdrMetadata): void {
    this.#hdr = { kind: 'hdr', enabled, ...(metadata && { metadata }) };
    this.send(this.#hdr);
  }

  /** Silence, time limits and the round trip; to be called a few times a second. */
  tick(): void {
    const now = this.#options.now();
    for (const [peer, since] of this.#candidates) {
      if (peer.state !== 'disconnected' && now - since < PEER_SILENCE_LIMIT) continue;
      this.#candidates.delete(peer);
      peer.disconnectNow();
    }
    const peer = this.#peer;
    if (!peer || this.#over) return;
    if (now - peer.lastHeard >= PEER_SILENCE_LIMIT) {
      peer.disconnectNow();
      this.#finish('timed-out');
      return;
    }
    const isSilent = now - peer.lastHeard >= HELD_SILENCE_LIMIT;
    if (isSilent && !this.#released) {
      this.#options.counters.add('released-in-silence');
      this.#input?.release();
    }
    this.#released = isSilent;
    if (now >= this.#roundTripAt) {
      this.#roundTripAt = now + ROUND_TRIP_INTERVAL;
      const { mean, variance, steady } = peer.roundTrip;
      this.#options.emit('roundTrip', this.launch.number, mean, variance, steady);
    }
  }

  /** With a code the client gets the termination message first. Resolves within about a second. */
  end(terminationCode?: number): Promise<void> {
    this.#ending ??= this.#end(terminationCode);
    return this.#ending;
  }

  /** Strangers who learnt the connect data must not keep the client itself out. */
  #makeRoomFor(peer: HostPeer): boolean {
    const home = this.launch.address;
    if (peer.path.address !== home) return false;
    const stranger = [...this.#candidates.keys()].find(({ path }) => path.address !== home);
    if (!stranger) return false;
    this.#candidates.delete(stranger);
    stranger.disconnectNow();
    return true;
  }

  async #end(terminationCode: number | undefined): Promise<void> {
    this.#input?.close();
    const peer = this.#peer;
    // From here on it is welcome to leave.
    if (peer) peer.doubting = false;
    if (terminationCode !== undefined && peer?.connected) {
      await new Promise<void>((resolve) => {
        const limit = setTimeout(resolve, FAREWELL);
        this.#farewellOver = () => {
          clearTimeout(limit);
          resolve();
        };
        this.send({ kind: 'termination', code: terminationCode });
      });
    }
    peer?.disconnectNow();
    this.#finish('ended-by-host');
  }

  #receive(peer: HostPeer, packet: Uint8Array): void {
    const { counters, now } = this.#options;
    if (this.#over || (this.#peer && this.#peer !== peer)) return;
    // What was held back for its turn is a copy, and opened again.
    const opened = this.#opened?.packet === packet ? this.#opened.message : undefined;
    this.#opened = undefined;
    const message = opened ?? openMessage(this.#seal(), 'client', packet);
    if (!message) {
      counters.add('control-undecryptable');
      return;
    }
    if (!this.#replay.admit(message.sequence)) {
      counters.add('control-repeated');
      return;
    }
    if (!this.#peer) this.#authenticated(peer);
    if (peer.heard()) counters.add('control-forged-disconnect');
    if (this.#settings!.v2) this.endpoints.vouch(peer.path, now());
    counters.add('control-messages');
    const decoded = decodeClientMessage(message);
    if (decoded === 'unknown' || decoded === 'malformed') counters.add(`control-${decoded}`);
    else if (!this.#ending) this.#dispatch(decoded);
  }

  #authenticated(peer: HostPeer): void {
    this.#peer = peer;
    peer.trust();
    for (const other of this.#candidates.keys()) if (other !== peer) other.disconnectNow();
    this.#candidates.clear();
    const { counters, emit, gamepads, input, log } = this.#options;
    const { number, clientName } = this.launch;
    this.#input = new InputSession({
      addon: input,
      target: this.#settings!.input,
      clientName,
      gamepads,
      keepGamepads: this.launch.gamepads?.keep ?? false,
      rumble: (controller, low, high) => this.send({ kind: 'rumble', controller, low, high }),
      notice: (part, message) => emit('notice', number, part, message),
      pressed: () => emit('pressed', number),
      counters,
      log,
    });
    emit('connected', number, peer.path.address);
    this.#input.open();
    if (this.#hdr !== undefined) this.send(this.#hdr);
  }

  #dispatch(message: ClientMessage): void {
    const { emit } = this.#options;
    const { number } = this.launch;
    switch (message.kind) {
      case 'input':
        this.#input?.receive(message.packet);
        return;
      case 'keyframe':
        emit('keyframeRequested', number);
        return;
      case 'invalidate':
        emit('invalidationRequested', number, message.first, message.last);
        return;
      case 'fec-status':
        emit('fecStatus', number, message.status);
        return;
      case 'loss':
        emit('lossStats', number, message.lost, message.interval, message.lastGoodFrame);
        return;
      case 'start':
      case 'ping':
        return;
      case 'long-term-reference':
        // No frame is marked as one, so no client has a reason to acknowledge it.
        this.#options.counters.add('control-unasked');
        return;
    }
  }

  #disconnected(peer: HostPeer, end: PeerEnd): void {
    this.#candidates.delete(peer);
    if (peer !== this.#peer) return;
    if (this.#ending) this.#farewellOver?.();
    else this.#finish(end === 'timed-out' ? 'timed-out' : 'client-left');
  }

  #finish(reason: DisconnectReason): void {
    if (this.#over) return;
    this.#over = true;
    for (const peer of this.#candidates.keys()) peer.disconnectNow();
    this.#candidates.clear();
    this.#input?.close();
    if (this.#peer) this.#options.emit('disconnected', this.launch.number, reason);
  }

  #seal(): { key: Uint8Array; v2: boolean } {
    return { key: this.launch.key, v2: this.#settings!.v2 };
  }
}
