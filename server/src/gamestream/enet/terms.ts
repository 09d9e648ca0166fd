import { MAXIMUM_CHANNELS, MAXIMUM_MTU, MAXIMUM_WINDOW, MINIMUM_MTU } from './command.ts';
import { MINIMUM_WINDOW, NO_SESSION } from './command.ts';
import type { ConnectionTerms } from './command.ts';
import type { RoundTrip } from './round-trip.ts';

/** The two 2-bit session ids of a slot (protocol 2 §A.3). */
export interface SessionIds {
  readonly incoming: number;
  readonly outgoing: number;
}

export const FRESH_SESSIONS: SessionIds = { incoming: NO_SESSION, outgoing: NO_SESSION };

/** What a client asks for. */
export function requestTerms(
  index: number,
  channels: number,
  connectId: number,
  mtu: number,
  roundTrip: RoundTrip,
): ConnectionTerms {
  return {
    outgoingPeer: index,
    incomingSession: NO_SESSION,
    outgoingSession: NO_SESSION,
    mtu,
    window: MAXIMUM_WINDOW,
    channels,
    incomingBandwidth: 0,
    outgoingBandwidth: 0,
    throttleInterval: roundTrip.interval,
    throttleAcceleration: roundTrip.acceleration,
    throttleDeceleration: roundTrip.deceleration,
    connectId,
  };
}

/** What a host grants; the throttle values and the connect id go back as they came. */
export function grantTerms(
  request: ConnectionTerms,
  index: number,
  channels: number,
  mtu: number,
  sessions: SessionIds,
): ConnectionTerms {
  return {
    ...request,
    outgoingPeer: index,
    incomingSession: sessions.incoming,
    outgoingSession: sessions.outgoing,
    mtu,
    window: clampWindow(request.window),
    channels,
    incomingBandwidth: 0,
    outgoingBandwidth: 0,
  };
}

/** Whether a grant answers this request; a client drops the connection otherwise. */
export function answers(grant: ConnectionTerms, request: ConnectionTerms): boolean {
  return (
    grant.channels >= 1 &&
    grant.channels <= MAXIMUM_CHANNELS &&
    grant.throttleInterval === request.throttleInterval &&
    grant.throttleAcceleration === request.throttleAcceleration &&
    grant.throttleDeceleration === request.throttleDeceleration &&
    grant.connectId === request.connectId
  );
}

/** The next pair of session ids of a slot, from its last pair and the request (protocol 2 §A.3). */
export function nextSessions(last: SessionIds, request: ConnectionTerms): SessionIds {
  return {
    incoming: nextSession(last.incoming, request.incomingSession),
    outgoing: nextSession(last.outgoing, request.outgoingSession),
  };
}

function nextSession(last: number, asked: number): number {
  const next = ((asked === NO_SESSION ? last : asked) + 1) & 3;
  return next === last ? (next + 1) & 3 : next;
}

export function clampMtu(mtu: number): number {
  return Math.min(MAXIMUM_MTU, Math.max(MINIMUM_MTU, mtu));
}

export function clampWindow(window: number): number {
  return Math.min(MAXIMUM_WINDOW, Math.max(MINIMUM_WINDOW, window));
}

/** Bytes that may be in transit for a bandwidth in bytes per second, 0 unlimited (protocol 2 §A.3). */
export function windowFor(bandwidth: number): number {
  if (bandwidth === 0) return MAXIMUM_WINDOW;
  return clampWindow(Math.trunc(bandwidth / MAXIMUM_WINDOW) * MINIMUM_WINDOW);
}
