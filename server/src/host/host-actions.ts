import type { HostAction } from '../displays/host-action/host-action.ts';
import type { SessionDirectory } from '../sessions/session-directory.ts';
import type { SessionMode, SessionSwitch } from '../user-session/session-switch.ts';
import type { MachineSleep } from '../user-session/sleep.ts';

/** Everything that this host does for devices which may ask for it. */
export function hostActions(parts: {
  readonly sleep: Pick<MachineSleep, 'refusal' | 'begin'>;
  readonly sessionSwitch: Pick<SessionSwitch, 'available' | 'to'>;
  /** which of the two runs now */
  readonly mode: () => Promise<SessionMode>;
  readonly sessions: () => Pick<SessionDirectory, 'list' | 'running' | 'endApps'>;
}): readonly HostAction[] {
  const { sleep, sessionSwitch, mode, sessions } = parts;
  const streaming = (besides: string): string | undefined =>
    sessions()
      .list()
      .find(
        ({ device, state }) =>
          device.fingerprint !== besides && state !== 'paused' && state !== 'ended',
      )?.device.name;
  return [
    {
      kind: 'host-sleep',
      title: 'Sleep',
      announcement: 'The PC goes to sleep',
      afterStream: true,
      available: async () => (await sleep.refusal()) === undefined,
      refusal: async ({ device }) => {
        const other = streaming(device);
        return other === undefined
          ? sleep.refusal()
          : `${other} streams from this PC, so it stays awake.`;
      },
      perform: async () => {
        await sleep.begin();
        return 'The PC sleeps.';
      },
    },
    {
      kind: 'host-switch',
      title: 'Switch',
      announcement: 'The PC switches between Game Mode and desktop, and ends what runs there,',
      available: () => sessionSwitch.available(),
      refusal: async ({ device }) => {
        const other = streaming(device);
        return other === undefined
          ? undefined
          : `${other} streams from this PC, so it stays as it is.`;
      },
      perform: async () => {
        const next = (await mode()) === 'game' ? 'desktop' : 'game';
        await sessionSwitch.to(next);
        return next === 'game' ? 'Game Mode begins.' : 'The desktop begins.';
      },
    },
    {
      kind: 'host-end-app',
      title: 'End the app',
      announcement: 'What runs on this PC is ended',
      available: async () => true,
      refusal: async () => (sessions().running().length === 0 ? 'No app runs.' : undefined),
      perform: async () => {
        const titles = sessions().running().join(', ');
        sessions().endApps();
        return `Ended: ${titles}.`;
      },
    },
  ];
}
