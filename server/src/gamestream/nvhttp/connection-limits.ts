import type { Socket } from 'node:net';
import type { Counters } from '../../telemetry/counters.ts';
import { normalizeAddress } from '../../network/address.ts';
import { ConnectionShare } from '../../network/connection-share.ts';
import { mayConnect } from '../../network/nearby.ts';

/**
 * Several clients may sit behind one address; each has a held phase 1, a launch and a few polls at most. A stranger
 * cannot take the places of paired devices.
 */
const LIMITS = { perShare: 32, strangers: 384, known: 128 } as const;
/** After the last byte left, the socket stays open for reading this long, unless the client closes first. */
const LINGER_MS = 2000;
/** A client that does not even read the answer is given up on. */
const STALLED_MS = 60_000;

/**
 * Who may connect, and how connections end, for both servers. Refusal is silent: a probe without data is
 * nothing unusual here (protocol 1 §1.1).
 */
export class ConnectionLimits {
  readonly #counters: Counters;
  readonly #allowPublic: () => boolean;
  readonly #share: ConnectionShare;

  constructor(deps: {
    readonly counters: Counters;
    readonly allowPublic: () => boolean;
    /** a paired device was seen at exactly this address */
    readonly isKnown: (address: string) => boolean;
  }) {
    this.#counters = deps.counters;
    this.#allowPublic = deps.allowPublic;
    this.#share = new ConnectionShare(LIMITS, deps.isKnown);
  }

  /** @returns false when the new connection was refused and destroyed */
  admit(socket: Socket): boolean {
    const refusal =
      this.#refusal(normalizeAddress(socket.remoteAddress)) ??
      (this.#share.take(socket) ? undefined : 'too-many-connections');
    if (refusal === undefined) return true;
    this.#counters.add(refusal);
    socket.destroy();
    return false;
  }

  /** The connection is a paired device's. */
  recognise(socket: Socket): void {
    this.#share.recognise(socket);
  }

  #refusal(address: string): string | undefined {
    // Gone already: a probe that was reset.
    if (address === '') return 'probe';
    return mayConnect(address, this.#allowPublic()) ? undefined : 'public-address';
  }
}

/**
 * Node closes a socket right after the last byte of an answer; what the client sends later (on TLS 1.3 its
 * close_notify) would then be answered with a reset, which some clients take for a failed request (protocol 1
 * §2.1). So our end is closed, and theirs is read until they close it too, but not for long.
 */
export function closeGracefully(socket: Socket): void {
  socket.destroySoon = () => {
    if (socket.destroyed) return;
    let timer = setTimeout(() => socket.destroy(), STALLED_MS).unref();
    socket.once('close', () => clearTimeout(timer));
    socket.end(() => {
      clearTimeout(timer);
      timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    });
    socket.resume();
  };
}
