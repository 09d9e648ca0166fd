import { existsSync } from 'node:fs';
import path from 'node:path';
import { isSea } from 'node:sea';

import type { NetworkTestCommand } from '../admin/network-test/network-tests.ts';
import type { ArtCommand } from '../apps/art/art-process.ts';
import type { MediaCommand } from '../media/media-child.ts';

/** The bundle is CommonJS; this is its own path, inside the single executable too. */
declare const __filename: string;

/** The file that the control worker runs: this program itself. */
export function programFile(): string {
  return __filename;
}

/** The file that the discovery worker runs. */
export function discoveryFile(): string {
  return path.join(path.dirname(__filename), 'discovery.cjs');
}

/** How this program starts itself as a media process. */
export function mediaCommand(): MediaCommand {
  return roleCommand('media');
}

/** How this program starts itself to draw box art. */
export function artCommand(): ArtCommand {
  const library = artLibrary();
  const fonts = library && path.join(library, 'fonts/fonts.conf');
  return {
    ...roleCommand('art'),
    environment: fonts && existsSync(fonts) ? { FONTCONFIG_FILE: fonts } : {},
  };
}

/** How this program starts itself for a browser's test of the network. */
export function networkTestCommand(): NetworkTestCommand {
  return roleCommand('network-test');
}

/** The folder of the drawing library and its fonts in a package; a checkout has it in `node_modules`. */
export function artLibrary(): string | undefined {
  const beside = path.dirname(process.execPath);
  const folders = [path.join(beside, 'art'), path.join(beside, '../lib/earthshine/art')];
  return isSea()
    ? folders.find((folder) => existsSync(path.join(folder, 'node_modules/sharp')))
    : undefined;
}

function roleCommand(role: string): MediaCommand {
  return isSea()
    ? { command: process.execPath, args: [role] }
    : { command: process.execPath, args: [...process.execArgv, __filename, role] };
}

/** The built admin pages: beside the executable, in an installed package, or in a checkout. */
export function webRoot(): string | undefined {
  const folders = [
    process.env['EARTHSHINE_WEB'],
    path.join(path.dirname(process.execPath), 'web'),
    path.join(path.dirname(process.execPath), '../lib/earthshine/web'),
    path.join(path.dirname(__filename), '../web/dist'),
  ];
  return folders.find((folder) => folder && existsSync(path.join(folder, 'index.html')));
}
