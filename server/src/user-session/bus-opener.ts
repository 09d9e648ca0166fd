import { SessionBus, sessionBusAddress } from '../dbus/session-bus.ts';
import type { SessionBusAddon } from '../native/session-bus-addon.ts';

/** What this folder uses of a bus. */
export interface Bus extends Pick<
  SessionBus,
  'call' | 'property' | 'hasOwner' | 'onSignal' | 'close'
> {
  on(event: 'closed', listener: (reason: string) => void): unknown;
}

/** Connections to the two buses of a desktop. Each throws an Error with a sentence where there is no such bus. */
export interface BusOpener {
  system(): Bus;
  session(): Bus;
}

/** Where every system has it (D-Bus specification, "Well-known Message Bus Instances"). */
const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';

export function busOpener(addon: SessionBusAddon): BusOpener {
  return {
    system: () => new SessionBus(addon, process.env['DBUS_SYSTEM_BUS_ADDRESS'] || SYSTEM_BUS),
    session: () => {
      const address = sessionBusAddress(process.env);
      if (address === undefined) throw new Error('This user has no session bus.');
      return new SessionBus(addon, address);
    },
  };
}
