import type { Device, Devices } from '../../src/devices/devices.ts';
import { DEFAULT_PERMISSIONS } from '../../src/devices/permissions.ts';

/** The part of a registry that pairing needs, without its file: what is added stands in `known`. */
export function knownDevices(known: Map<string, Device>): Devices {
  return {
    find: (fingerprint: string) => known.get(fingerprint),
    add: async (added: { fingerprint: string; name: string; certificatePem: string }) => {
      const device: Device = {
        ...added,
        enabled: true,
        ...DEFAULT_PERMISSIONS,
        pairedAt: 1,
      };
      known.set(added.fingerprint, device);
      return device;
    },
  } as Partial<Devices> as Devices;
}
