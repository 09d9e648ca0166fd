import type { App } from '../apps/apps.ts';
import type { Device } from '../devices/devices.ts';
import { timeRefusal } from '../devices/limits.ts';
import { permissionRefusal } from '../devices/permissions.ts';
import { isHostAction } from '../displays/display.ts';

/**
 * Why a device may not stream now: its owner took the picture from it, or it is not its time.
 *
 * @returns a sentence for its screen; undefined: it may
 */
export function streamRefusal(device: Device, now: Date = new Date()): string | undefined {
  if (!device.see) return permissionRefusal('see');
  return timeRefusal(device.limits, now);
}

/**
 * Why a device may not have this app.
 *
 * @param starts it does not run yet
 * @returns a sentence for its screen; undefined: it may
 */
export function launchRefusal(
  { hostActions, launch }: Pick<Device, 'hostActions' | 'launch'>,
  app: Pick<App, 'source'>,
  starts: boolean,
): string | undefined {
  if (isHostAction(app.source) && !hostActions) return permissionRefusal('hostActions');
  return starts && !launch ? permissionRefusal('launch') : undefined;
}
