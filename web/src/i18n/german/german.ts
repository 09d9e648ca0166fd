import type { Texts } from '../english/english.ts';
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

export const german: Texts = {
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
};
