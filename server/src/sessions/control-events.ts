import type { ControlPlane } from '../gamestream/control/control-plane.ts';
import type { ClientConnection } from './client-connection.ts';
import type { Session } from './session.ts';

/** Brings what the control plane tells of a launch, by its number, to the session whose present one it is. */
export function followControl(control: ControlPlane, sessions: () => readonly Session[]): void {
  const find = (launch: number): Session | undefined =>
    sessions().find((session) => session.connection?.launch === launch);
  const connection = (launch: number): ClientConnection | undefined => find(launch)?.connection;
  control.on('connected', (launch, address) => find(launch)?.connected(address));
  control.on('disconnected', (launch, reason) => find(launch)?.disconnected(reason));
  control.on('endpoint', (launch, plane, endpoint) =>
    connection(launch)?.endpoint(plane, endpoint),
  );
  control.on('keyframeRequested', (launch) => connection(launch)?.keyframeRequested());
  control.on('invalidationRequested', (launch, first, last) =>
    connection(launch)?.invalidationRequested(first, last),
  );
  control.on('fecStatus', (launch, status) => connection(launch)?.blockReported(status));
  control.on('lossStats', (launch, lost, _interval, lastGoodFrame) =>
    connection(launch)?.lossReported(lost, lastGoodFrame),
  );
  control.on('roundTrip', (launch, mean, _variance, steady) =>
    connection(launch)?.roundTripMeasured(mean, steady),
  );
  control.on('notice', (launch, part, message) => find(launch)?.notice(part, message));
  control.on('pressed', (launch) => find(launch)?.pressed());
  control.on('fault', (message) => {
    for (const session of sessions()) session.fault(message);
  });
}
