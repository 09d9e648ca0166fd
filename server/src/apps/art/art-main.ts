import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';

import type { SharpConstructor } from 'sharp';

import type { DrawnArt, WantedArt } from './art-process.ts';
import { drawDefaultArt } from './default-art.ts';
import { shrinkArt } from './small-art.ts';

/**
 * `earthshine art`: draws the pictures that its parent asks for, and ends with its parent's channel.
 *
 * @param library folder whose `node_modules` holds the drawing library; `undefined`: where Node finds it
 */
export function runArtProcess(library: string | undefined): void {
  // A picture can wait; what streams beside it cannot.
  os.setPriority(os.constants.priority.PRIORITY_LOW);
  const require = createRequire(path.join(library ?? path.resolve(process.argv[1] ?? '.'), '-'));
  const sharp = require('sharp') as SharpConstructor;
  sharp.concurrency(1);
  sharp.cache(false);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => {
    const wanted = message as WantedArt;
    const { number } = wanted;
    const answer = (drawn: DrawnArt): void => void process.send?.(drawn, undefined, {}, () => {});
    const made =
      'app' in wanted
        ? drawDefaultArt(sharp, wanted.app)
        : shrinkArt(sharp, Buffer.from(wanted.large));
    made.then(
      (picture) => answer({ number, picture }),
      (error: unknown) => answer({ number, failure: (error as Error).message }),
    );
  });
}
