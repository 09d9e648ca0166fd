import type { Counters } from '../../telemetry/counters.ts';
import { isPayload, MAXIMUM_CHANNELS, NO_PEER } from './command.ts';
import type { CommandOf } from './command.ts';
import { decodeDatagram } from './datagram.ts';
import type { Datagram } from './datagram.ts';
import { Peer } from './peer.ts';
import type { PeerListener, PeerOptions } from './peer-options.ts';
import { FRESH_SESSIONS, nextSessions } from './terms.ts';
import type { SessionIds } from './terms.ts';

/** Both ends of the way a datagram takes. */
export interface Path {
  /** numeric, never v4-mapped */
  readonly address: string;
  readonly port: number;
  /** names the local socket; answers leave through the one that was asked */
  readonly local: string;
}

/** What the layer above decides. */
export interface HostPolicy {
  /**
   * Whether a CONNECT is answered.
   *
   * @returns the listener of the new peer, or undefined for silence
   */
  accept(peer: HostPeer, request: CommandOf<'connect'>, path: Path): PeerListener | undefined;
  /**
   * Whether a message proves that a datagram from another address is the peer's own. Must not change what it
   * looks at: the message is delivered afterwards.
   */
  authenticates(peer: HostPeer, message: Uint8Array): boolean;
}

export interface EnetHostOptions {
  readonly now: () => number;
  readonly send: (datagram: Buffer, path: Path) => void;
  readonly policy: HostPolicy;
  readonly counters: Counters;
  /** a peer that could not be served was dropped; the others go on */
  readonly onFault: (error: unknown) => void;
  /** peers at once, 1…4095 */
  readonly peerLimit?: number;
  readonly channelLimit?: number;
  readonly peer?: Pick<PeerOptions, 'mtu' | 'timeouts' | 'holding' | 'doubting'>;
}

/** A host's peer knows where it is. It starts untrusted: see `PeerOptions.untrusted`. */
export class HostPeer extends Peer {
  path: Path;

  constructor(path: Path, options: Omit<PeerOptions, 'send'>, send: EnetHostOptions['send']) {
    super({ ...options, send: (datagram) => send(datagram, this.path) });
    this.path = path;
  }
}

interface Slot {
  peer: HostPeer | undefined;
  sessions: SessionIds;
}

/**
 * The listening side of ENet: owns the peers by index, finds whom a datagram belongs to, and lets a peer move
 * to another address only with a message that the layer above authenticates. Sockets and timers are the
 * caller's: {@link receive} takes datagrams, {@link service} is due at {@link deadline}.
 */
export class EnetHost {
  readonly #options: EnetHostOptions;
  readonly #slots: Slot[];
  readonly #channelLimit: number;

  constructor(options: EnetHostOptions) {
    this.#options = options;
    this.#channelLimit = options.channelLimit ?? MAXIMUM_CHANNELS;
    this.#slots = Array.from({ length: Math.min(options.peerLimit ?? 64, NO_PEER) }, () => ({
      peer: undefined,
      sessions: FRESH_SESSIONS,
    }));
  }

  get peers(): readonly HostPeer[] {
    return this.#slots.flatMap(({ peer }) => (peer && peer.state !== 'disconnected' ? [peer] : []));
  }

  /** Takes one UDP payload; anything that is not for a known peer ends here, silently and counted. */
  receive(bytes: Uint8Array, path: Path): void {
    const datagram = decodeDatagram(bytes);
    if (!datagram) {
      this.#options.counters.add('enet-malformed');
      return;
    }
    if (datagram.truncated) this.#options.counters.add('enet-truncated');
    if (datagram.peer === NO_PEER) {
      this.#connect(datagram, bytes.length, path);
      return;
    }
    const peer = this.#slots[datagram.peer]?.peer;
    if (!peer?.matches(datagram)) {
      this.#options.counters.add('enet-unknown-peer');
      return;
    }
    if (!samePath(peer.path, path) && !this.#moves(peer, datagram, path)) {
      this.#options.counters.add('enet-foreign-address');
      return;
    }
    this.#serve(peer, () => peer.receive(datagram, bytes.length));
  }

  /** Retransmissions, pings and time-outs of every peer. */
  service(): void {
    for (const peer of this.peers) this.#serve(peer, () => peer.service());
  }

  /** When {@link service} is due, in clock milliseconds. */
  get deadline(): number | undefined {
    let next: number | undefined;
    for (const { deadline } of this.peers) {
      if (deadline !== undefined) next = Math.min(next ?? deadline, deadline);
    }
    return next;
  }

  #connect(datagram: Datagram, length: number, path: Path): void {
    const { counters, now, send, policy } = this.#options;
    const [request] = datagram.commands;
    if (request?.kind !== 'connect' || !request.acknowledge) {
      counters.add('enet-unknown-peer');
      return;
    }
    if (request.channels < 1 || request.channels > MAXIMUM_CHANNELS) {
      counters.add('enet-connect-refused');
      return;
    }
    // The peer's own repetition: VERIFY_CONNECT is on its way again by itself.
    const known = this.peers.some(
      (peer) => samePath(peer.path, path) && peer.connectId === request.connectId,
    );
    if (known) return;
    const index = this.#slots.findIndex(({ peer }) => !peer || peer.state === 'disconnected');
    if (index < 0) {
      counters.add('enet-full');
      return;
    }
    const slot = this.#slots[index]!;
    const peer = new HostPeer(
      path,
      { ...this.#options.peer, index, now, listener: {}, untrusted: true },
      send,
    );
    const listener = policy.accept(peer, request, path);
    if (!listener) {
      counters.add('enet-connect-refused');
      return;
    }
    peer.listener = listener;
    slot.peer = peer;
    slot.sessions = nextSessions(slot.sessions, request);
    const rest = { ...datagram, commands: datagram.commands.slice(1) };
    this.#serve(peer, () => {
      peer.accept(request, this.#channelLimit, slot.sessions);
      if (rest.commands.length > 0) peer.receive(rest, length);
    });
  }

  /** A fault in one client's connection ends that one: all of them share a thread. */
  #serve(peer: HostPeer, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.counters.add('enet-fault');
      this.#options.onFault(error);
      peer.disconnectNow();
    }
  }

  #moves(peer: HostPeer, datagram: Datagram, path: Path): boolean {
    // A client's own first message proves it; to try all that a stranger packs into a datagram would take long.
    const first = datagram.commands.find(isPayload);
    const proven = first !== undefined && this.#options.policy.authenticates(peer, first.data);
    if (proven) {
      peer.path = path;
      this.#options.counters.add('enet-moved');
    }
    return proven;
  }
}

function samePath(a: Path, b: Path): boolean {
  return a.address === b.address && a.port === b.port && a.local === b.local;
}
