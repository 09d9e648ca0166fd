import type { Device } from '../devices/devices.ts';
import { timeRefusal } from '../devices/limits.ts';
import { permissionRefusal } from '../devices/permissions.ts';

/**
 * Why a device may not stream now: its owner took the picture from it, or it is not its time.
 *
 * @returns a sentence for its screen; undefined: it may
 */
export function streamRefusal(device: Device, now: Date = new Date()): string | undefined {
  if (!device.see) return permissionRefusal('see');
  return timeRefusal(device.limits, now);
}
