import { AcknowledgementQueue } from './acknowledgement-queue.ts';
import { CONNECTION_CHANNEL, DEFAULT_MTU, isPayload, MAXIMUM_WINDOW, NO_PEER } from './command.ts';
import type { Command, CommandBody, CommandOf, ConnectionTerms } from './command.ts';
import { encodeDatagram } from './datagram.ts';
import type { Datagram } from './datagram.ts';
import { Inbox } from './inbox.ts';
import { DEFAULT_HOLDING } from './incoming-channel.ts';
import { farewell, largestWhole, Outbox } from './outbox.ts';
import { DatagramSpace, OutgoingQueue } from './outgoing-queue.ts';
import type { PeerEnd, PeerListener, PeerOptions, PeerState } from './peer-options.ts';
import { DEFAULT_TIMEOUTS, extendTime, RoundTrip, THROTTLE_SCALE } from './round-trip.ts';
import type { TimeoutLimits } from './round-trip.ts';
import { answers, clampMtu, clampWindow, grantTerms, requestTerms, windowFor } from './terms.ts';
import { FRESH_SESSIONS } from './terms.ts';
import type { SessionIds } from './terms.ts';

/** Milliseconds without an acknowledgement after which a ping asks for one (protocol 2 §A.5). */
const PING_INTERVAL = 500;
/** Milliseconds after connecting when BANDWIDTH_LIMIT is sent (protocol 2 §A.5). */
const BANDWIDTH_INTERVAL = 1000;
/** Milliseconds that a DISCONNECT has to prove itself by silence; clients ping every 100 ms. */
const LEAVING = 1000;
/** VERIFY_CONNECT goes to an address that proved nothing yet (security.md, UDP). */
const VERIFY_SENDINGS = 3;

/**
 * One ENet connection as a state machine: datagrams and time in, datagrams and events out. Either side may
 * begin it: {@link connect} on a client, {@link accept} on a host.
 */
export class Peer {
  readonly index: number;
  readonly roundTrip = new RoundTrip();
  timeouts: TimeoutLimits;
  listener: PeerListener;
  /** channels 0…n-1 may be used */
  channels = 0;
  /** see `PeerOptions.doubting`; may be changed at any time */
  doubting: boolean;
  /** opaque, from CONNECT */
  connectId = 0;
  /** when the last datagram came, in clock milliseconds */
  lastHeard: number;

  #state: PeerState = 'disconnected';
  #mtu: number;
  #window = MAXIMUM_WINDOW;
  #remoteIndex = NO_PEER;
  #sessions = FRESH_SESSIONS;
  #request: ConnectionTerms | undefined;
  #trusted: boolean;
  /** a DISCONNECT came that may be anybody's */
  #leaving: { readonly at: number; readonly data: number } | undefined;
  #lastAcknowledged: number;
  #bandwidthAt: number | undefined;
  #disconnectData = 0;
  #reading = false;
  readonly #acknowledgements = new AcknowledgementQueue();
  readonly #outgoing = new OutgoingQueue();
  readonly #outbox = new Outbox();
  readonly #inbox: Inbox;
  readonly #now: () => number;
  readonly #send: (datagram: Buffer) => void;

  constructor(options: PeerOptions) {
    this.index = options.index;
    this.listener = options.listener;
    this.timeouts = options.timeouts ?? DEFAULT_TIMEOUTS;
    this.#mtu = clampMtu(options.mtu ?? DEFAULT_MTU);
    this.#trusted = !options.untrusted;
    this.doubting = options.doubting ?? false;
    this.#inbox = new Inbox(
      options.holding ?? DEFAULT_HOLDING,
      (channel, data) => {
        if (this.connected) this.listener.message?.(channel, data);
      },
      () => this.listener.admits && ((data) => this.listener.admits?.(data) ?? true),
    );
    this.#now = options.now;
    this.#send = options.send;
    this.lastHeard = this.#lastAcknowledged = options.now();
  }

  get state(): PeerState {
    return this.#state;
  }

  /** Whether messages go to and fro. */
  get connected(): boolean {
    return this.#state === 'connected' || this.#state === 'disconnect-later';
  }

  /** Nothing waits and everything reliable is acknowledged. */
  get idle(): boolean {
    return this.#outgoing.idle;
  }

  /** Reliable commands sent again. */
  get retransmissions(): number {
    return this.#outgoing.retransmissions;
  }

  /**
   * Begins a connection as the client.
   *
   * @param connectId random u32
   * @param data u32 for the host's layer above
   */
  connect(channels: number, connectId: number, data: number): void {
    this.#state = 'connecting';
    this.channels = channels;
    this.connectId = connectId;
    this.#request = requestTerms(this.index, channels, connectId, this.#mtu, this.roundTrip);
    this.#queueConnection({ kind: 'connect', ...this.#request, data });
    this.flush();
  }

  /**
   * Answers a CONNECT as the host; the caller has decided that it wants the peer.
   *
   * @param sessions the ids that go into VERIFY_CONNECT
   */
  accept(request: ConnectionTerms, channelLimit: number, sessions: SessionIds): void {
    this.#state = 'acknowledging-connect';
    this.connectId = request.connectId;
    this.channels = Math.min(channelLimit, request.channels);
    this.#remoteIndex = request.outgoingPeer & NO_PEER;
    // What VERIFY_CONNECT calls incoming is incoming for the client.
    this.#sessions = { incoming: sessions.outgoing, outgoing: sessions.incoming };
    this.#mtu = Math.min(this.#mtu, clampMtu(request.mtu));
    this.#window = windowFor(request.incomingBandwidth);
    this.roundTrip.configure(
      request.throttleInterval,
      request.throttleAcceleration,
      request.throttleDeceleration,
    );
    const grant = grantTerms(request, this.index, this.channels, this.#mtu, sessions);
    this.#queueConnection({ ...grant, kind: 'verify-connect' });
    this.flush();
  }

  /** The layer above knows now who this is. */
  trust(): void {
    this.#trusted = true;
    this.flush();
  }

  /**
   * The layer above heard the peer itself just now, so that it has not left.
   *
   * @returns whether somebody had said that it left
   */
  heard(): boolean {
    const forged = this.#leaving !== undefined;
    this.#leaving = undefined;
    return forged;
  }

  /** Sends a message that arrives, in order on its channel. @returns false when not connected */
  sendReliable(channel: number, data: Uint8Array): boolean {
    if (this.#state !== 'connected' || channel >= this.channels) return false;
    for (const command of this.#outbox.reliable(channel, data, this.#mtu)) {
      this.#outgoing.push(command);
    }
    this.flush();
    return true;
  }

  /** Sends a message that may get lost but never overtakes. @returns false when not connected or too long */
  sendUnreliable(channel: number, data: Uint8Array): boolean {
    if (!this.#sendsWhole(channel, data)) return false;
    if (this.roundTrip.dropsUnreliable()) return true;
    this.#outgoing.push(this.#outbox.unreliable(channel, data));
    this.flush();
    return true;
  }

  /** Sends a message that may get lost and comes in any order. @returns as {@link sendUnreliable} */
  sendUnsequenced(channel: number, data: Uint8Array): boolean {
    if (!this.#sendsWhole(channel, data)) return false;
    if (this.roundTrip.dropsUnreliable()) return true;
    this.#outgoing.push(this.#outbox.unsequenced(channel, data));
    this.flush();
    return true;
  }

  /** Drops what waits, tells the peer and waits for its acknowledgement. */
  disconnect(data = 0): void {
    if (!this.connected) {
      this.disconnectNow(data);
      return;
    }
    this.#forget();
    this.#state = 'disconnecting';
    this.#queueConnection({ kind: 'disconnect', data });
    this.flush();
  }

  /** {@link disconnect} once everything sent before is acknowledged. */
  disconnectLater(data = 0): void {
    if (!this.connected || this.idle) {
      this.disconnect(data);
      return;
    }
    this.#state = 'disconnect-later';
    this.#disconnectData = data;
  }

  /** One unacknowledged datagram, then nothing more; no event follows. */
  disconnectNow(data = 0): void {
    if (this.#state === 'disconnected') return;
    const tells = this.#trusted && this.#remoteIndex !== NO_PEER;
    this.#forget();
    this.#state = 'disconnected';
    if (!tells) return;
    this.#transmit([farewell(data)]);
  }

  /** Whether a datagram's header is meant for this connection (protocol 2 §A.3). */
  matches(datagram: Datagram): boolean {
    if (this.#state === 'disconnected') return false;
    return this.#remoteIndex === NO_PEER || datagram.session === this.#sessions.incoming;
  }

  /**
   * Takes a datagram in and answers it.
   *
   * @param length its bytes, the limit of the answer while the peer is not trusted
   */
  receive(datagram: Datagram, length: number): void {
    const busy = !this.idle;
    this.lastHeard = this.#now();
    this.#reading = true;
    try {
      for (const command of datagram.commands) {
        if (!this.#handle(command)) break;
        if (command.acknowledge) this.#queueAcknowledgement(command, datagram.sentTime!);
      }
    } finally {
      this.#reading = false;
    }
    this.flush(this.#trusted ? Infinity : length);
    if (!busy || !this.idle) return;
    if (this.#state === 'disconnect-later') this.disconnect(this.#disconnectData);
    else this.listener.drained?.();
  }

  /** Retransmits, pings and times out what is due. */
  service(): void {
    if (this.#state === 'disconnected') return;
    const allowed = this.#state === 'acknowledging-connect' ? VERIFY_SENDINGS : Infinity;
    if (this.#outgoing.checkOverdue(this.#now(), this.timeouts, allowed) === 'lost') {
      this.#end(this.#state === 'disconnecting' ? 'by-host' : 'timed-out', 0);
      return;
    }
    if (this.#leaving && this.#now() >= this.#leaving.at) {
      this.#end('by-peer', this.#leaving.data);
      return;
    }
    if (this.#bandwidthAt !== undefined && this.#now() >= this.#bandwidthAt) {
      this.#bandwidthAt = undefined;
      this.#queueConnection({ kind: 'bandwidth-limit', incoming: 0, outgoing: 0 });
    }
    this.flush();
  }

  /** When {@link service} has something to do, in clock milliseconds. */
  get deadline(): number | undefined {
    if (this.#state === 'disconnected') return undefined;
    const due = [this.#outgoing.nextOverdue, this.#bandwidthAt, this.#pingAt(), this.#leaving?.at];
    const known = due.filter((at) => at !== undefined);
    return known.length > 0 ? Math.min(...known) : undefined;
  }

  /** @param answerLimit bytes that a datagram may have */
  flush(answerLimit = Infinity): void {
    while (!this.#reading && this.#state !== 'disconnected') {
      const space = new DatagramSpace(Math.min(this.#mtu, answerLimit));
      this.#acknowledgements.fill(space, answerLimit);
      const closing = this.#state === 'acknowledging-disconnect';
      if (!closing && (this.#trusted || !this.connected)) this.#fillCommands(space);
      if (space.commands.length > 0) this.#transmit(space.commands);
      if (closing && this.#acknowledgements.empty) {
        this.#end('by-peer', this.#disconnectData);
      }
      if (space.commands.length === 0) return;
    }
  }

  #fillCommands(space: DatagramSpace): void {
    const now = this.#now();
    const pingAt = this.#pingAt();
    if (pingAt !== undefined && now >= pingAt) this.#queueConnection({ kind: 'ping' });
    const throttled = Math.trunc((this.#window * this.roundTrip.throttle) / THROTTLE_SCALE);
    const window = Math.max(throttled, this.#mtu);
    this.#outgoing.fill(space, window, now, this.roundTrip, this.timeouts);
  }

  #transmit(commands: readonly Command[]): void {
    const stamped = commands.some((command) => command.acknowledge);
    this.#send(
      encodeDatagram({
        peer: this.#remoteIndex,
        session: this.#remoteIndex === NO_PEER ? 0 : this.#sessions.outgoing,
        ...(stamped ? { sentTime: this.#now() & 0xffff } : {}),
        commands,
      }),
    );
  }

  #pingAt(): number | undefined {
    const pings = this.#state === 'connected' && this.#trusted && this.idle;
    return pings ? this.#lastAcknowledged + PING_INTERVAL : undefined;
  }

  #queueConnection(body: CommandBody): void {
    this.#outgoing.push(this.#outbox.connection(body));
  }

  #queueAcknowledgement(command: Command, sentTime: number): void {
    // A host's VERIFY_CONNECT stands for the acknowledgement of CONNECT (protocol 2 §A.3).
    const answered =
      this.connected ||
      (this.#state === 'acknowledging-disconnect' && command.kind === 'disconnect');
    if (!answered || (isPayload(command) && !this.#inbox.acknowledges(command))) return;
    this.#acknowledgements.push(command, sentTime);
  }

  /** @returns false when the rest of the datagram is not to be read */
  #handle(command: Command): boolean {
    switch (command.kind) {
      case 'acknowledge':
        return this.#acknowledged(command);
      case 'connect':
        return false;
      case 'verify-connect':
        return this.#verified(command);
      case 'disconnect':
        this.#disconnected(command);
        return true;
      case 'ping':
        return this.connected;
      case 'bandwidth-limit':
        if (this.connected && !this.#doubts) this.#window = windowFor(command.incoming);
        return this.connected;
      case 'throttle-configure':
        if (!this.connected || this.#doubts) return this.connected;
        this.roundTrip.configure(command.interval, command.acceleration, command.deceleration);
        return true;
      default:
        return (
          this.connected &&
          command.channel < this.channels &&
          this.#inbox.take(command) !== 'refused'
        );
    }
  }

  #acknowledged(command: CommandOf<'acknowledge'>): boolean {
    if (this.#state === 'disconnected') return false;
    const now = this.#now();
    const sentAt = extendTime(command.receivedSentTime, now);
    if (sentAt > now) return true;
    const acknowledged = this.#outgoing.acknowledge(command.channel, command.receivedSequence);
    if (!acknowledged) return this.#state !== 'acknowledging-connect';
    this.roundTrip.sample(now - sentAt, now);
    this.#lastAcknowledged = now;
    if (acknowledged.kind === 'verify-connect') this.#begin();
    else if (acknowledged.kind === 'disconnect') this.#end('by-host', 0);
    return true;
  }

  #verified(command: CommandOf<'verify-connect'>): boolean {
    // A repeated VERIFY_CONNECT is acknowledged again and changes nothing.
    if (this.#state !== 'connecting') return this.connected;
    if (!answers(command, this.#request!)) {
      this.#end('refused', 0);
      return false;
    }
    this.#outgoing.acknowledge(CONNECTION_CHANNEL, 1);
    this.channels = Math.min(this.channels, command.channels);
    this.#remoteIndex = command.outgoingPeer & NO_PEER;
    this.#sessions = {
      incoming: command.incomingSession & 3,
      outgoing: command.outgoingSession & 3,
    };
    this.#mtu = Math.min(this.#mtu, clampMtu(command.mtu));
    this.#window = clampWindow(command.window);
    this.#begin();
    return true;
  }

  #begin(): void {
    this.#state = 'connected';
    this.#lastAcknowledged = this.#now();
    this.#bandwidthAt = this.#now() + BANDWIDTH_INTERVAL;
    this.listener.connected?.();
  }

  #disconnected(command: CommandOf<'disconnect'>): void {
    if (this.#state === 'disconnected' || this.#state === 'acknowledging-disconnect') return;
    if (this.connected && this.#doubts) {
      this.#leaving ??= { at: this.#now() + LEAVING, data: command.data };
    } else if (this.connected && command.acknowledge) {
      this.#forget();
      this.#state = 'acknowledging-disconnect';
      this.#disconnectData = command.data;
    } else {
      this.#end('by-peer', command.data);
    }
  }

  /** What anybody could have written is not believed. */
  get #doubts(): boolean {
    return this.doubting && this.#trusted;
  }

  #sendsWhole(channel: number, data: Uint8Array): boolean {
    return (
      this.#state === 'connected' &&
      channel < this.channels &&
      data.length <= largestWhole(this.#mtu)
    );
  }

  /** Forgets what waits in both directions. */
  #forget(): void {
    this.#outgoing.clear();
    this.#acknowledgements.clear();
    this.#inbox.clear();
    this.#leaving = undefined;
    this.#bandwidthAt = undefined;
  }

  #end(end: PeerEnd, data: number): void {
    if (this.#state === 'disconnected') return;
    this.#forget();
    this.#state = 'disconnected';
    this.listener.disconnected?.(end, data);
  }
}
