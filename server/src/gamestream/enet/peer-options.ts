import type { HoldingLimits } from './incoming-channel.ts';
import type { TimeoutLimits } from './round-trip.ts';

export type PeerState =
  | 'connecting'
  | 'acknowledging-connect'
  | 'connected'
  | 'disconnect-later'
  | 'disconnecting'
  | 'acknowledging-disconnect'
  | 'disconnected';

/**
 * `by-peer`: it said so; `by-host`: this side asked, and it was acknowledged or waited for long enough;
 * `timed-out`: no answer; `refused`: the answer to a CONNECT does not fit the question.
 */
export type PeerEnd = 'by-peer' | 'by-host' | 'timed-out' | 'refused';

export interface PeerListener {
  connected?(): void;
  /** @param data valid as long as it is held */
  message?(channel: number, data: Uint8Array): void;
  /**
   * Whether a message that is about to be taken is the peer's own. One that is not ends the reading of its datagram,
   * uses up no sequence number and is not acknowledged. Called once for each, before `message`. Default: all are.
   */
  admits?(data: Uint8Array): boolean;
  /** Called once at most; not after `Peer.disconnectNow`. */
  disconnected?(end: PeerEnd, data: number): void;
  /** everything reliable that was sent is acknowledged now */
  drained?(): void;
}

export interface PeerOptions {
  /** this side's index of the peer, 0…4094 */
  readonly index: number;
  /** whole milliseconds of a clock that never goes back */
  readonly now: () => number;
  /** one datagram to the peer */
  readonly send: (datagram: Buffer) => void;
  readonly listener: PeerListener;
  readonly mtu?: number;
  readonly timeouts?: TimeoutLimits;
  readonly holding?: HoldingLimits;
  /**
   * Until the layer above vouches for the peer (`Peer.trust`), no answer is larger than what it answers
   * and nothing is sent unasked (security.md, UDP). Default: vouched for.
   */
  readonly untrusted?: boolean;
  /**
   * Anybody can forge what ENet says of the connection itself. Once trusted, a DISCONNECT then ends it a second later,
   * unless the layer above hears the peer meanwhile (`Peer.heard`), and its terms are not changed. Default: believed.
   */
  readonly doubting?: boolean;
}
