import type { Displays } from '../../displays/displays.ts';
import { driverVersion } from '../../media/driver-version.ts';
import type { EncoderChoice } from '../../media/encoder-order.ts';
import { probeEncoders } from '../../media/encoder-probing.ts';
import type { Encoders } from '../../media/encoders.ts';
import { MediaPictures } from '../../media/pictures.ts';
import { Capabilities } from '../capabilities.ts';
import { knownEncoders } from '../known-encoders.ts';
import { mediaCommand } from '../program.ts';
import type { HostContext } from './context.ts';

/** What makes pictures: the encoders that were found, what this machine can do with them, the media processes. */
export interface MediaParts {
  readonly encoders: Encoders;
  readonly capabilities: Capabilities;
  readonly pictures: MediaPictures;
}

export async function openMedia(
  { options, data, addon, parts, logOf }: HostContext,
  displays: Displays,
): Promise<MediaParts> {
  const { gpu, encoder } = options;
  const log = logOf('media');
  const { build } = addon;
  const start = mediaCommand();
  const encoders = await knownEncoders({
    file: data.file('encoders.json'),
    build,
    // Another GPU is another driver.
    drivers: async () => [await driverVersion(), gpu].filter(Boolean).join('; '),
    probe: () => probeEncoders({ start, build, log, ...(gpu && { gpu }) }),
    log,
  });
  const choice: EncoderChoice = { ...(encoder && { encoder }), ...(gpu && { gpu }) };
  return {
    encoders,
    capabilities: new Capabilities(addon, encoders, displays, logOf('host'), choice),
    pictures: parts.keep(
      new MediaPictures({
        ...{ log, start, build, addon, choice },
        encoders: () => encoders.found,
      }),
    ),
  };
}
