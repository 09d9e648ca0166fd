import type { Apps } from '../../apps/apps.ts';
import type { GuardedFixes } from '../../captures/fixes/guarded-fixes.ts';
import type { Recorder } from '../../captures/recorder.ts';
import type { Devices, PairingDesk } from '../../devices/devices.ts';
import type { Sessions } from '../../sessions/sessions.ts';
import type { EventHub } from '../event-hub.ts';
import { API, EVENTS, METRICS, METRICS_PATH, route } from '../route.ts';
import type { Route } from '../route.ts';
import { appView } from './apps.ts';
import { deviceView } from './devices.ts';
import { counters as countersShape, state, status as statusShape } from './host-shapes.ts';
import type { CountersJson, HostStatus, StateJson } from './host-shapes.ts';
import { metricsText } from './metrics-text.ts';
import { pairingView } from './pairing.ts';
import { sessionView } from './sessions.ts';

/** What the state is made of. */
export interface HostParts {
  readonly status: () => HostStatus;
  /** The owner looks at the status: what it tells of may be looked at anew. Waits for nothing. */
  readonly look: () => void;
  readonly sessions: Sessions;
  readonly recorder: Recorder;
  readonly fixes: GuardedFixes;
  readonly devices: Devices;
  readonly desk: PairingDesk;
  readonly apps: Apps;
}

/** The whole, and its changes. */
export function hostRoutes(
  parts: HostParts & {
    readonly events: EventHub;
    readonly counters: () => Promise<CountersJson>;
  },
): readonly Route[] {
  const { status, look, events } = parts;
  return [
    route({
      method: 'get',
      path: `${API}/state`,
      access: 'admin',
      summary: 'Everything the overview shows, at once.',
      answer: state,
      handle: () => hostState(parts),
    }),
    route({
      method: 'get',
      path: `${API}/status`,
      access: 'admin',
      summary: 'What the host is and what works on it.',
      answer: statusShape,
      handle: () => {
        look();
        return { status: status() };
      },
    }),
    route({
      method: 'get',
      path: `${API}/counters`,
      access: 'admin',
      summary: 'What each part of the host refused, dropped or saw malformed.',
      answer: countersShape,
      handle: async () => ({ counters: await parts.counters() }),
    }),
    route({
      method: 'get',
      path: `${API}/events`,
      access: 'admin',
      summary: 'The state, then each part of it again whenever it changes, as Server-Sent Events.',
      answer: EVENTS,
      handle: ({ context, caller }) => events.subscribe(context, caller),
    }),
    route({
      method: 'get',
      path: METRICS_PATH,
      access: 'admin',
      summary: 'Status, streams and counters as Prometheus reads them.',
      answer: METRICS,
      handle: async () =>
        metricsText({
          status: status(),
          sessions: parts.sessions.list().map((one) => sessionView(one, parts)),
          counters: await parts.counters(),
        }),
    }),
  ];
}

/** The parts of the host as JSON, without certificates and keys. */
export function hostState(parts: HostParts): StateJson {
  parts.look();
  const live = parts.sessions.list();
  return {
    status: parts.status(),
    sessions: live.map((one) => sessionView(one, parts)),
    devices: parts.devices.list().map((device) => deviceView(device, live)),
    pairing: pairingView(parts.desk),
    apps: parts.apps.list().map(appView),
  };
}
