import { existsSync } from 'node:fs';
import path from 'node:path';
import { isSea } from 'node:sea';

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
  return isSea()
    ? { command: process.execPath, args: ['media'] }
    : { command: process.execPath, args: [...process.execArgv, __filename, 'media'] };
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
