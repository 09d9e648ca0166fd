import type { Logger } from 'pino';

import type { Options } from '../../config/options.ts';
import type { GameStreamPorts } from '../../gamestream/ports.ts';
import type { NativeAddon } from '../../native/addon.ts';
import type { DataDirectory } from '../data-directory.ts';
import type { HostState } from '../host-state.ts';
import type { OpenParts } from '../open-parts.ts';
import type { PartCounters } from '../part-counters.ts';

/** What every group of the host's parts is opened with. */
export interface HostContext {
  /** as they hold now, also after a change */
  readonly options: Options;
  readonly data: DataDirectory;
  readonly state: HostState;
  readonly ports: GameStreamPorts;
  readonly addon: NativeAddon;
  /** closes them in reverse */
  readonly parts: OpenParts;
  readonly counters: PartCounters;
  readonly logOf: (part: string) => Logger;
}
