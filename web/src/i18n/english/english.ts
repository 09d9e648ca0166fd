import type { Translation } from '../messages.ts';
import { account } from './account.ts';
import { apps } from './apps.ts';
import { common } from './common.ts';
import { devices } from './devices.ts';
import { doctor } from './doctor.ts';
import { errors } from './errors.ts';
import { faults } from './faults.ts';
import { leftBehind } from './left-behind.ts';
import { log } from './log.ts';
import { navigation } from './navigation.ts';
import { network } from './network.ts';
import { overview } from './overview.ts';
import { performance } from './performance.ts';
import { permissions } from './permissions.ts';
import { settings } from './settings.ts';
import { shortfalls } from './shortfalls.ts';
import { stream } from './stream.ts';

/**
 * Every text of the pages by its key, the first language. The keys of a part of the pages begin with its name; the other
 * languages have the same keys, which the compiler holds them to.
 */
export const english = {
  ...common,
  ...navigation,
  ...account,
  ...overview,
  ...devices,
  ...permissions,
  ...apps,
  ...leftBehind,
  ...performance,
  ...network,
  ...stream,
  ...shortfalls,
  ...errors,
  ...settings,
  ...doctor,
  ...faults,
  ...log,
} as const;

export type English = typeof english;
/** The texts of any language. */
export type Texts = Translation<English>;
