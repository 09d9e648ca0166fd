import type { Logger } from 'pino';
import * as z from 'zod';

import type { PairingRequests } from '../devices/pairing-requests.ts';
import { setting } from '../store/settings.ts';
import type { Settings } from '../store/settings.ts';

const PAIRING_ENABLED = setting('pairing.enabled', z.boolean(), true);

/** Whether new devices may ask outlives the host process. */
export function rememberPairingSwitch(
  desk: PairingRequests,
  settings: Settings,
  log: Logger,
): void {
  desk.enabled = settings.get(PAIRING_ENABLED);
  desk.on('changed', () => {
    if (desk.enabled === settings.get(PAIRING_ENABLED)) return;
    settings
      .set(PAIRING_ENABLED, desk.enabled)
      .catch((error: unknown) => log.error({ err: error }, 'the switch could not be stored'));
  });
}
