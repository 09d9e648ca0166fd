import { existsSync } from 'node:fs';
import path from 'node:path';
import { isSea } from 'node:sea';

import type { DescriptorAddon } from './descriptor-addon.ts';
import type { DesktopAddon } from './desktop-addon.ts';
import type { InputAddon } from './input-addon.ts';
import type { MediaAddon } from './media-addon.ts';
import type { ReceiverAddon } from './receiver-addon.ts';
import type { SessionBusAddon } from './session-bus-addon.ts';
import type { SoundAddon } from './sound-addon.ts';
import type { SpeedTestAddon } from './speed-test-addon.ts';

/** The native addon's whole face: parts, each described in a file of its own. */
export interface NativeAddon
  extends
    MediaAddon,
    DescriptorAddon,
    DesktopAddon,
    InputAddon,
    ReceiverAddon,
    SessionBusAddon,
    SoundAddon,
    SpeedTestAddon {
  /** the build's identity; a media process of another build is refused */
  readonly build: string;
}

let loaded: NativeAddon | undefined;

/**
 * Where the addon may lie, first match wins: `EARTHSHINE_ADDON`, beside the executable or in the library folder of
 * an installed package, and the build folder of a checkout. The single executable never takes what lies in the
 * folder that it happens to be started from: that may be anybody's.
 */
export function addonPath(): string {
  const candidates = [
    process.env['EARTHSHINE_ADDON'],
    path.join(path.dirname(process.execPath), 'earthshine.node'),
    path.join(path.dirname(process.execPath), '../lib/earthshine/earthshine.node'),
    ...(isSea()
      ? []
      : [
          path.resolve('native/build/Release/earthshine.node'),
          // a checkout's bundle, started from anywhere
          path.join(path.dirname(process.argv[1] ?? ''), '../native/build/Release/earthshine.node'),
        ]),
  ];
  const found = candidates.find((file) => file && existsSync(file));
  if (!found) {
    throw new Error(
      `The native part of Earthshine (earthshine.node) was not found beside ${process.execPath}; ` +
        'reinstall the package, or set EARTHSHINE_ADDON to its path.',
    );
  }
  return path.resolve(found);
}

/**
 * Loads the addon once per thread. `process.dlopen` and not `require`, because the single executable keeps
 * its addons on disk.
 *
 * @throws Error when the file is missing or a shared library it needs is
 */
export function nativeAddon(): NativeAddon {
  if (!loaded) {
    const module = { exports: {} as NativeAddon };
    process.dlopen(module, addonPath());
    loaded = module.exports;
  }
  return loaded;
}
