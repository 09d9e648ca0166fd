import type { MonitorSwitch } from '../other-monitors.ts';
import { SwayIpc } from './sway-ipc.ts';

/** The monitors of a sway, by the socket for its commands. */
export function swayMonitors(socket: string): MonitorSwitch {
  const ipc = new SwayIpc(socket);
  return {
    lit: async () => (await ipc.outputs()).filter(({ active }) => active).map(({ name }) => name),
    set: async (monitors, on) => {
      for (const name of monitors) await ipc.run(`output "${name}" ${on ? 'enable' : 'disable'}`);
    },
  };
}
