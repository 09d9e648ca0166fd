import type { InputTarget } from '../gamestream/control/control-plane.ts';
import type { VideoConfig } from '../gamestream/stream-config.ts';
import type { PictureOptions, SourceArea } from '../native/media-addon.ts';

/** The desktop's screen that is streamed, as it is at the moment of the launch. */
export interface DesktopSource {
  readonly display: string;
  /** RandR monitor name; absent: the primary one */
  readonly screen?: string;
  readonly area: SourceArea;
  /** it cannot be seen just now, and this is how it was */
  readonly away?: true;
}

/** What an app shows: the test pattern, or the desktop. */
export type PictureSource = 'test-pattern' | DesktopSource;

export function pictureOptions(source: PictureSource, video: VideoConfig): PictureOptions {
  return {
    source:
      source === 'test-pattern'
        ? { kind: 'test-pattern' }
        : {
            kind: 'x11',
            display: source.display,
            ...(source.screen !== undefined && { screen: source.screen }),
            cursor: true,
          },
    width: video.width,
    height: video.height,
    rateNumerator: video.rate.numerator,
    rateDenominator: video.rate.denominator,
    ...(source !== 'test-pattern' && source.away && { awaitSource: true }),
  };
}

/** Input of somebody who watches the test pattern goes nowhere: it is not this machine's screen. */
export function inputTarget(
  source: PictureSource,
  video: VideoConfig,
  backend: InputTarget['backend'],
): InputTarget {
  const size = { width: video.width, height: video.height };
  if (source === 'test-pattern') return { backend: 'none', ...size };
  const { display, area } = source;
  return { backend, x11Display: display, ...size, source: area };
}
